# ruff: noqa: RUF001 - marks and letters of other scripts are what this file is about
"""French, Spanish, Portuguese, German, Italian and Russian."""

from labels.speakers.lexicon import Lexicon, forms

_FRENCH_STEMS = (
    "déclar|affirm|ajout|expliqu|assur|soulign|estim|annonc|insist|not|rappel|précis|regrett|"
    "dénonc|martel|lanc|confi|racont|critiqu|prévien|observ|remarqu|indiqu|commenc|résum|rétorqu|"
    "répliqu|plaid|tranch|tempér|témoign|analys|constat|commen|jug|salu|avanc|accus|appel|qualifi|"
    "considèr|considér|pens|espèr|espér|reconnaî|argu|ironis|alert|demand|s’inquièt|s'inquièt|"
    "s’indign|s'indign|s’interrog|s'interrog|s’agac|s'agac|se félicit|se réjoui|renchéri|averti|"
    "affirm|concèd|concéd"
)
_FRENCH_FIXED = (
    "voit|voyait|tient à|dit|disait|a dit|écrit|a écrit|écrivait|répond|a répondu|prévient|a "
    "prévenu|soutient|a soutenu|"
    "reconnaît|a reconnu|conclut|a conclu|poursuit|a poursuivi|promet|a promis|met en garde|"
    "a mis en garde|ont mis en garde|admet|a admis|ont dit|ont écrit|disent|fait valoir|a fait "
    "valoir|"
    "peut-on lire dans|lit-on dans|averti[t]?|a averti|renchérit|se réjouit|s’est réjoui|s’est "
    "réjouie|fait savoir|a fait savoir"
)
_AGREEMENT = r"(?:a |ont |avait |s’est |s'est )?(?:{stems})(?:é|ée|és|e|ent|ait|aient|a|èrent|t)"
FRENCH = Lexicon(
    code="fr",
    reacting_inverted=r"(?:(?:a|s[’']est|se|s[’']) ?)?\w+(?:é|ée|i|it|e|ie)",
    saying=_AGREEMENT.format(stems=_FRENCH_STEMS) + "|" + _FRENCH_FIXED,
    participles="ajoutant|déclarant|affirmant|estimant|soulignant|expliquant|disant|dénonçant|"
    "qualifiant",
    sources="selon|d’après|d'après|pour|aux yeux de|à en croire|dixit|de l’avis de",
    pronouns=forms("il elle ils elles on lui celui-ci celle-ci"),
    persons=forms("il elle"),
    own=forms("je nous j’ai"),
    articles=forms("le la les un une des l’ l' du"),
    auxiliaries=forms(
        "l’a l'a le nous s’ s’est a ont avait ensuite aussi également encore déjà toutefois y "
        "lui-même"
    ),
    prepositions=forms(
        "de du des d’ à au aux en dans pour par sur lors devant qui que dont mardi lundi mercredi "
        "jeudi vendredi samedi dimanche hier après avant depuis chez auprès face avec sous cette ce"
    ),
    breaks=forms("mais que tandis car alors si quand et comme"),
    relatives=forms("qui"),
    roles=forms(
        "président présidente ministre premier première secrétaire général générale directeur "
        "directrice chef cheffe porte-parole m. mme monsieur madame pr dr professeur professeure "
        "députée député sénateur sénatrice commissaire ambassadeur ambassadrice chercheur "
        "chercheuse "
        "économiste pdg fondateur fondatrice patron patronne juriste avocate avocat eurodéputé "
        "eurodéputée"
    ),
    topics=forms(
        "étrangères numérique commission conseil union unies université institut ministère"
    ),
    dates=forms("lundi mardi mercredi jeudi vendredi samedi dimanche"),
    documents="communiqué|rapport|déclaration|lettre|tribune|document|texte|étude",
)
_SPANISH_STEMS = (
    "afirm|asegur|declar|explic|agreg|añad|señal|subray|destac|indic|coment|insist|apunt|manifest|"
    "advirt|advert|sostuv|sostien|adviert|respond|inform|anunci|denunci|critic|lament|consider|"
    "recalc|"
    "remarc|recalc|recuerd|record|precis|aclar|calific|reconoc|escrib|exig|reclam|reiter|opin|"
    "enfatiz|zanj|coincid|ironiz|alert|pregunt|concluy|prometi|plante|avis"
)
SPANISH = Lexicon(
    code="es",
    reacting_inverted=r"(?:se )?\w+(?:ó|a|e)(?: (?:a|al) \w+)?",
    drops_pronouns=True,
    saying=rf"(?:ha |han |había )?(?:{_SPANISH_STEMS})(?:ó|ió|a|aron|ieron|aba|ía|ado|ido|an|en)"
    "|dijo|dijeron|dice|dicen|decía|ha dicho|han dicho|expuso|sostuvo|sostiene|dispuso|expresó|"
    "propuso|repuso|puso en guardia|concluyó|se lee en|reza|escribió|ha escrito|llamó|tachó|"
    "piensa|cree|"
    "advierte|sostiene|escribe|responde|advirtió|escribió|reconoce|concluye|coincide|promete|"
    "plantea|insiste|exige|añade|agrega|reconoció|respondió|resumió|contestó|prometió|admitió|"
    "admite",
    participles="añadiendo|agregando|diciendo|afirmando|subrayando|señalando|calificando",
    sources="según|para|en palabras de|de acuerdo con|a juicio de",
    pronouns=forms("él ella ellos ellas este esta"),
    persons=forms("él ella"),
    own=forms("yo nosotros"),
    articles=forms("el la los las un una unos unas lo"),
    auxiliaries=forms("ha han había también luego después además ya le les se nos"),
    prepositions=forms(
        "de del a al en para por con sobre ante durante tras desde que quien cuando donde hasta "
        "según este esta lunes martes miércoles jueves viernes sábado domingo ayer hoy"
    ),
    breaks=forms("pero que mientras porque aunque si cuando y como"),
    relatives=forms("quien que"),
    roles=forms(
        "presidente presidenta ministro ministra primer primera secretario secretaria general "
        "director directora jefe jefa portavoz vocero vocera canciller senador senadora diputado "
        "diputada comisario comisaria embajador embajadora investigador investigadora economista "
        "profesor profesora doctor doctora dr. dra. sr. sra. señor señora abogada abogado "
        "experto experta "
        "fundador fundadora consejero consejera delegado delegada viceministro viceministra"
    ),
    topics=forms(
        "exteriores digital comisión consejo unión unidas universidad instituto ministerio"
    ),
    dates=forms("lunes martes miércoles jueves viernes sábado domingo"),
    documents="comunicado|informe|declaración|carta|documento|texto|estudio",
)
PORTUGUESE = Lexicon(
    code="pt",
    reacting_inverted=r"\w+(?:ou|eu|iu|a|e)",
    drops_pronouns=True,
    saying="disse|disseram|diz|dizem|afirmou|afirma|declarou|declara|explicou|explica|acrescentou|"
    "acrescenta|destacou|destaca|ressaltou|ressalta|escreveu|alertou|alerta|defendeu|defende|"
    "respondeu|"
    "garantiu|argumentou|criticou|concluiu|completou|sublinhou|avaliou|avalia",
    sources="segundo|conforme|de acordo com|para|nas palavras de",
    pronouns=forms("ele ela eles elas"),
    persons=forms("ele ela"),
    own=forms("eu nós"),
    articles=forms("o a os as um uma"),
    auxiliaries=forms("também depois ainda já"),
    prepositions=forms(
        "de da do das dos em no na nos nas a ao à para por com sobre durante que nesta neste"
    ),
    breaks=forms("mas que enquanto porque embora se quando e como"),
    relatives=forms("que"),
    roles=SPANISH.roles
    | forms("ministro ministra secretário secretária chanceler deputado deputada porta-voz"),
    documents="comunicado|relatório|declaração|carta|documento|texto|nota",
)
ITALIAN = Lexicon(
    code="it",
    drops_pronouns=True,
    saying="ha detto|hanno detto|dice|dicono|disse|ha dichiarato|dichiara|ha affermato|afferma|"
    "ha aggiunto|"
    "aggiunge|ha spiegato|spiega|ha sottolineato|sottolinea|ha scritto|scrive|avverte|ha "
    "avvertito|sostiene|"
    "ha commentato|commenta|osserva|ha risposto|risponde|conclude|ha concluso|ricorda",
    sources="secondo|per",
    pronouns=forms("lui lei egli ella loro"),
    persons=forms("lui lei"),
    own=forms("io noi"),
    articles=forms("il lo la i gli le un uno una"),
    auxiliaries=forms("anche poi ancora"),
    prepositions=forms(
        "di del della dei delle a al alla in nel nella per con su da dal che durante"
    ),
    breaks=forms("ma che mentre perché se quando e come"),
    relatives=forms("che"),
    roles=forms(
        "presidente ministro ministra premier segretario direttore direttrice portavoce "
        "professore professoressa commissario"
    ),
    documents="comunicato|rapporto|dichiarazione|lettera|documento|testo",
)
GERMAN = Lexicon(
    code="de",
    reacting_inverted=r"\w+(?:te|t)",
    saying="sagte|sagt|sagten|sagen|erklärte|erklärt|erklärten|betonte|betont|warnte|warnt|"
    "schrieb|schreibt|"
    "meinte|meint|fügte|ergänzte|ergänzt|kritisierte|kritisiert|forderte|fordert|antwortete|"
    "antwortet|"
    "teilte|so|argumentierte|argumentiert|behauptete|bekräftigte|unterstrich|hieß es in|heißt "
    "es in|urteilt|urteilte|mahnte|mahnt",
    sources="laut|zufolge|nach Angaben von|nach Ansicht von|nach den Worten von",
    pronouns=forms("er sie es ihm ihr"),
    persons=forms("er sie"),
    own=forms("ich wir"),
    articles=forms("der die das den dem ein eine einer des"),
    auxiliaries=forms("auch dann später zudem hat haben hatte"),
    prepositions=forms(
        "von vom für bei in im am auf mit zu zum zur aus an gegenüber nach vor während seit"
    ),
    breaks=forms("aber dass während weil obwohl wenn und als"),
    relatives=forms("der die"),
    roles=forms(
        "präsident präsidentin bundeskanzler bundeskanzlerin kanzler kanzlerin minister "
        "ministerin außenminister "
        "außenministerin wirtschaftsminister digitalminister digitalministerin sprecher sprecherin "
        "regierungssprecher chef chefin professor professorin kommissar kommissarin abgeordnete "
        "herr frau dr. direktor direktorin generalsekretär generalsekretärin forscherin forscher"
    ),
    documents="Erklärung|Bericht|Mitteilung|Brief|Papier|Studie",
)
_RUSSIAN_STEMS = (
    "сказал|заявил|отметил|подчеркнул|добавил|пояснил|сообщил|объяснил|уточнил|написал|ответил|"
    "рассказал|признал|предупредил|напомнил|указал|считал|утверждал|подытожил|продолжил|заключил|"
    "констатировал|возразил|высказал|назвал|призвал|обвинил|раскритиковал|посетовал|"
    "пообещал|спросил|парировал|резюмировал|процитировал|прокомментировал|заверил|акцентировал|"
    "говорил|"
    "охарактеризовал|обратил внимание|выразил уверенность|настаивал"
)
RUSSIAN = Lexicon(
    code="ru",
    reacting_inverted=r"\w+(?:л|ла|ет|ит|лся|лась|ется)(?: журналистам)?",
    drops_pronouns=True,
    saying=rf"(?:{_RUSSIAN_STEMS})(?:а|и|о)?|говорит|говорят|считает|считают|пишет|пишут|"
    rf"отмечает|отмечают|"
    "подчеркивает|подчёркивает|утверждает|поясняет|предупреждает|добавляет|уверен|уверена|полагает|"
    "заявляет|заявляют|называет|напоминает|признаёт|признает|объясняет|рассуждает|резюмирует|"
    "сетует|"
    "подчеркнула|возражает|продолжает|указывает|сообщает|"
    "говорится в|сказано в|сообщили в|заявили в|отметили в|пояснили в|подчеркнули в|рассказали "
    "в|добавили в|уточнили в|считают в",
    participles="добавив|отметив|заявив|подчеркнув|назвав|пояснив",
    sources="по словам|по мнению|по выражению|по оценке|как выразился|согласно|цитирует|со слов",
    pronouns=forms("он она они его её ее им ей"),
    persons=forms("он она"),
    own=forms("я мы"),
    auxiliaries=forms("также затем позже ещё еще уже тогда ранее накануне при этом в свою очередь"),
    prepositions=forms(
        "в во на из с со для по о об от к при после перед во время через который которая в ходе "
        "журналистам тасс рбк интерфаксу"
    ),
    breaks=forms("но а что пока если когда и как"),
    relatives=forms("который которая"),
    roles=forms(
        "президент премьер-министр министр глава представитель официальный директор профессор"
    ),
    documents="заявлени[еия]|сообщени[еия]|доклад[еа]?|документ[еа]?|письм[оеа]|коммюнике|"
    "релиз[еа]?",
)
