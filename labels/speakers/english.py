"""English."""

from labels.speakers.lexicon import Lexicon, forms

_SAYING = (
    r"(?:used|likes?|liked|loves?|loved|wants?|wanted|continued) to (?:say|recall|joke|argue|"
    r"warn|ask|call)|"
    "grumbled|smiled|shrugged|sighed|laughed|nodded|murmured|muttered|remembers|remembered|"
    "said|says|say|told|tells|tell|added|adds|add|wrote|writes|warned|warns|warn|argued|argues|"
    "argue|"
    "asked|asks|replied|replies|responded|responds|answered|answers|explained|explains|explain|"
    "insisted|insists|insist|noted|notes|stressed|stresses|stress|emphasi[sz]ed|emphasi[sz]es|"
    "declared|declares|announced|announces|stated|states|claimed|claims|acknowledged|acknowledges|"
    "admitted|admits|conceded|concedes|confirmed|confirms|continued|continues|concluded|concludes|"
    "commented|comments|remarked|remarks|observed|observes|recalled|recalls|recounted|recounts|"
    "pointed out|points out|pledged|pledges|promised|promises|vowed|vows|predicted|predicts|"
    "proclaimed|proclaims|quipped|quips|joked|jokes|countered|counters|retorted|retorts|snapped|"
    "shot back|fired back|hit back|pushed back|asserted|asserts|affirmed|affirms|alleged|alleges|"
    "complained|complains|cautioned|cautions|urged|urges|demanded|demands|suggested|suggests|"
    "thundered|thunders|lamented|laments|mused|muses|boasted|boasts|posted|tweeted|tweets|reads|read|"
    "described|describes|describe|called|calls|dismissed|dismisses|denounced|denounces|"
    "condemned|condemns|"
    "criticised|criticized|criticises|criticizes|praised|praises|hailed|hails|branded|brands|"
    "labelled|labeled|labels|dubbed|dubs|derided|derides|decried|decries|accused|accuses|blamed|"
    "blames|"
    "rejected|rejects|denied|denies|defended|defends|welcomed|welcomes|deplored|deplores|"
    "characterised|characterized|"
    "compared|likened|reiterated|reiterates|repeated|repeats|testified|testifies|"
    "believes|believe|thinks|think|fears|fear|hopes|hope|put it|puts it|summed up|sums up|"
    "ruled|rules|found|finds|concurred|agreed|agrees|disagreed|disagrees|went on|goes on|"
    "referred to|refers to|spoke of|speaks of|talked of|talks of|talked about|voiced|voices|"
    "underlined|underlines|underscored|underscores|reported|reports|vouched|elaborated|interjected|"
    "opined|opines|intoned|whispered|shouted|chimed in|maintained|maintains|contended|contends|"
    "lashed out|appealed|appeals|invoked|invokes|sees|saw|cast|casts|framed|frames"
)
_PARTICIPLES = (
    "saying|adding|calling|warning|arguing|describing|insisting|noting|stressing|declaring|"
    "writing|telling|claiming|stating|dismissing|denouncing|accusing|branding|labelling|labeling|"
    "praising|promising|vowing|explaining|asking|citing|quoting|urging|pledging|concluding|"
    "emphasi[sz]ing|pointing out|referring to|speaking of|hailing|decrying|dubbing|demanding|"
    "to say|to tell|to call|to warn|to describe|to declare|to argue|to denounce|to add"
)
ENGLISH = Lexicon(
    code="en",
    saying=_SAYING,
    participles=_PARTICIPLES,
    sources=(
        "according to|in the words of|in the view of|in the opinion of|for the words of|"
        "(?:as )?quoted by|were the words of|was the verdict of|is the verdict of|citing|"
        "as told to us by|a phrase coined by|attributed to|in remarks by|(?:a )?statement by|"
        "(?:in )?a (?:letter|post|message|speech|statement|note|tweet) (?:by|from)"
    ),
    pronouns=forms("he she they it his her their him them who"),
    persons=forms("he she"),
    own=forms("i we"),
    articles=forms("a an the one"),
    auxiliaries=forms(
        "has have had would will also then later further again repeatedly recently once ever "
        "even still only now often always reportedly never just himself herself themselves "
        "famously memorably similarly instead simply both all first finally soon could did does"
    ),
    passive=forms("is are was were be been being gets got so-called"),
    by=r"\s+by\s+",
    prepositions=forms(
        "of for at from in with on to by about under during after before as since over near "
        "behind against into between who which that whose when while because where if through "
        "last this next earlier yesterday today late early via outside inside amid upon"
    ),
    breaks=forms("but while that because although though whereas if as when after before and or"),
    relatives=forms("who which"),
    reacting=r"[a-z]{3,}ed|[a-z]{3,}[^s\W]s",
    reacting_inverted=r"[a-z]{3,}ed|[a-z]{3,}s",
    groups=forms(
        "critics analysts officials experts researchers campaigners lawyers activists opponents "
        "supporters diplomats observers sources people scientists engineers residents authorities "
        "regulators ministers lawmakers senators scholars economists delegates investors "
        "executives "
        "advocates protesters negotiators prosecutors judges journalists historians sceptics "
        "skeptics"
    ),
    roles=forms(
        "president vice-president vice minister secretary secretary-general chancellor premier "
        "prime senator sen. rep. representative congressman congresswoman governor gov. gen. "
        "general lt. col. colonel major maj. admiral adm. captain capt. sgt. ambassador spokesman "
        "spokeswoman spokesperson chair chairman chairwoman chairperson director professor prof. "
        "dr. dr mr. mr mrs. mrs ms. ms sir dame lord lady king queen prince princess emir sheikh "
        "sultan pope archbishop bishop cardinal cardinal rev. judge justice commissioner mp mep "
        "deputy chief ceo cto cfo coo officer founder co-founder head leader lawmaker economist "
        "analyst researcher activist lawyer journalist envoy attorney speaker undersecretary "
        "under-secretary-general delegate author engineer critic mayor comrade ayatollah imam "
        "h.e. rabbi sister counterpart veteran publisher novelist poet bishop executive lecturer "
        "fellow scholar historian philosopher coordinator negotiator rapporteur "
        "adviser advisor scientist entrepreneur investor billionaire diplomat taoiseach"
    ),
    topics=forms(
        "affairs state economy communications communication defence defense technology commerce "
        "trade foreign commission council union department ministry committee university "
        "institute group agency parliament nations bank forum office centre center organisation "
        "organization association foundation court congress senate party authority house "
        "innovation science industry security intelligence transformation finance education "
        "digitalisation digitalization telecommunications policy development information "
        "infrastructure energy interior government assembly alliance federation network society "
        "initiative report times post"
    ),
    dates=forms(
        "monday tuesday wednesday thursday friday saturday sunday january february march april "
        "may june july august september october november december"
    ),
    documents=(
        "statement|report|communiqu[eé]|declaration|letter|paper|study|document|strategy|release|"
        "resolution|editorial|message|post|tweet|memo|text|readout|manifesto|petition|slogan"
    ),
)
