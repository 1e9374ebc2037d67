"""Six articles, one in each of six languages, written for the tests."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Article:
    """What an article is made of, and the furniture that a site in its language puts around it."""

    language: str
    direction: str
    title: str
    author: str
    byline: str
    day: str
    date: str
    heading: str
    paragraphs: tuple[str, str, str, str]
    quotation: str
    items: tuple[str, str]
    caption: str
    menu: tuple[str, ...]
    others: tuple[str, str]
    read_also: str
    more: str
    share: str
    comments: str
    rights: str
    disclaimer: str
    follow: str


ENGLISH = Article(
    "en", "ltr",
    "Island states draw up a charter for their own cloud",
    "Ruth Okafor", "By Ruth Okafor", "14 March 2026", "2026-03-14",
    "Who would pay for it",
    (
        "Nine island states agreed in Port Vila on Tuesday to build a shared data centre, so that "
        "the records of their citizens no longer lie on servers half a world away.",
        "The plan foresees one site on each of three islands; none of them may be run by a company "
        "that answers to a foreign court, according to a draft seen by delegates.",
        "Critics in the region doubt that the sum of $40 million is enough. They point to an "
        "earlier network, which was switched off after two years for want of spare parts.",
        "A decision on the contractor is due in June, and the first ministry could move its files "
        "before the end of the year.",
    ),
    "We were told for a decade that it could not be done here, and we have stopped listening.",
    (
        "Each member names one engineer to the board, and none may serve twice.",
        "Energy must come from the islands themselves by the end of the decade.",
    ),
    "Delegates outside the hall in Port Vila. Photo: Joan Tabi",
    ("Home", "World", "Technology", "Opinion"),
    ("Cable cut leaves two islands offline", "What a sovereign cloud costs"),
    "Read also: What a sovereign cloud costs",
    "You may also like", "Share this article", "There are no comments yet",
    "© 2026 Pacific Courier. All rights reserved.",
    "The views expressed in guest columns are not always those of the editors.",
    "Follow us on every network",
)  # fmt: skip

CHINESE = Article(
    "zh", "ltr",
    "三国商定共同测试人工智能系统",
    "林晓", "作者：林晓", "2026年3月14日", "2026-03-14",
    "谁来承担费用",
    (
        "三个邻国的代表周二在首都签署协议，决定共同测试用于医院和铁路的人工智能系统，并互相通报发现的缺陷，"
        "以免同样的错误在各国重复出现。",
        "根据协议草案，每个国家将设立一个实验室，测试结果在三十天内公布，任何企业都不得要求保密超过这一期限。",
        "一些专家怀疑预算是否足够。他们提到，上一个联合项目因为缺少工程师，只运行了两年就停止了，设备至今闲置。",
        "有关部门预计六月份选定承建单位，第一批测试最早可能在年底之前开始。",
    ),
    "我们不需要别人替我们决定什么是安全的机器。",
    ("每个成员国派一名工程师参加理事会，任期两年。", "所有测试数据必须保存在本国境内的服务器上。"),
    "代表们在会场外合影。图片来源：会议秘书处",
    ("首页", "国际", "科技", "评论"),
    ("海底电缆中断影响两个城市", "自主云计算要花多少钱"),
    "相关阅读：自主云计算要花多少钱",
    "猜你喜欢", "分享到", "发表评论", "版权所有 未经授权不得转载",
    "本文仅代表作者观点，不代表本网立场。", "扫描二维码关注我们",
)  # fmt: skip

RUSSIAN = Article(
    "ru", "ltr",
    "Пять стран договорились об общем реестре алгоритмов",
    "Анна Белова", "Автор: Анна Белова", "14 марта 2026", "2026-03-14",
    "Кто заплатит за реестр",
    (
        "Пять стран региона договорились во вторник вести общий реестр алгоритмов, которые решают, "
        "кому дать пособие или кредит, и открыть его для проверки каждым гражданином.",
        "Согласно проекту соглашения, поставщик обязан раскрыть данные, на которых обучалась "
        "система; отказ лишает его права участвовать в закупках в течение трёх лет.",
        "Критики сомневаются, что выделенных средств хватит. Они напоминают о прежней сети, "
        "которую отключили через два года из-за нехватки запасных частей.",
        "Решение о подрядчике ожидается в июне, а первое ведомство может перенести свои записи до "
        "конца года.",
    ),
    "Нам десять лет говорили, что здесь это невозможно, и мы перестали слушать.",
    (
        "Каждая страна назначает в совет одного инженера на два года.",
        "Все журналы проверок хранятся на серверах внутри страны.",
    ),
    "Участники встречи у входа в зал. Фото: секретариат встречи",
    ("Главная страница", "Мир", "Технологии", "Мнения"),
    ("Обрыв кабеля оставил два города без связи", "Сколько стоит своё облако"),
    "Читайте также: Сколько стоит своё облако",
    "Материалы по теме", "Поделиться", "Комментарии", "© 2026 Вестник. Все права защищены.",
    "Мнение редакции может не совпадать с точкой зрения автора.",
    "Подписывайтесь на наш канал",
)  # fmt: skip

FRENCH = Article(
    "fr", "ltr",
    "Quatre pays veulent leur propre satellite d'observation",
    "Claire Nsimba", "Par Claire Nsimba", "14 mars 2026", "2026-03-14",
    "Qui paiera la facture",
    (
        "Quatre pays de la région ont décidé mardi de lancer un satellite commun, afin de ne plus "
        "acheter à d'autres les images de leurs propres récoltes et de leurs propres frontières.",
        "Le projet prévoit une station au sol dans chaque pays ; aucune ne pourra être confiée à "
        "une entreprise soumise à un tribunal étranger, selon un document remis aux délégués.",
        "Des voix critiques doutent que la somme suffise. Elles rappellent un réseau précédent, "
        "éteint au bout de deux ans faute de pièces de rechange et de techniciens formés.",
        "Le choix du constructeur est attendu en juin, et les premières images pourraient arriver "
        "avant la fin de l'année prochaine.",
    ),
    "On nous a répété pendant dix ans que c'était impossible ici, et nous n'écoutons plus.",
    (
        "Chaque membre nomme un ingénieur au conseil, pour deux ans au plus.",
        "Les images restent sur des serveurs situés dans la région.",
    ),
    "Des délégués devant la salle. Crédit photo : secrétariat de la réunion",
    ("Accueil", "Monde", "Sciences", "Débats"),
    ("Deux villes privées de réseau par un câble", "Le vrai prix d'un nuage souverain"),
    "À lire aussi : Le vrai prix d'un nuage souverain",
    "Sur le même sujet", "Partager", "Laisser un commentaire",
    "© 2026 Le Courrier. Tous droits réservés.",
    "Les propos tenus ici n'engagent que leur auteur.",
    "Abonnez-vous à notre lettre",
)  # fmt: skip

SPANISH = Article(
    "es", "ltr",
    "Seis países acuerdan vigilar juntos los sistemas de reconocimiento",
    "Elena Quispe", "Por Elena Quispe", "14 de marzo de 2026", "2026-03-14",
    "Quién pagará la vigilancia",
    (
        "Seis países de la región acordaron el martes vigilar juntos los sistemas que reconocen "
        "rostros en las calles, y publicar cada error que cometan contra sus ciudadanos.",
        "El plan prevé un laboratorio en tres capitales; ninguno podrá depender de una empresa que "
        "responda ante un tribunal extranjero, según un borrador que leyeron los delegados.",
        "Algunas voces dudan de que la suma alcance. Recuerdan una red anterior, que se apagó a "
        "los dos años por falta de repuestos y de técnicos que supieran repararla.",
        "La decisión sobre el contratista se espera en junio, y el primer ministerio podría "
        "trasladar sus archivos antes de fin de año.",
    ),
    "Durante diez años nos dijeron que aquí no se podía, y hemos dejado de escuchar.",
    (
        "Cada miembro nombra un ingeniero para el consejo, por dos años.",
        "Los registros se guardan en servidores dentro de la región.",
    ),
    "Delegados frente a la sala. Foto: secretaría de la reunión",
    ("Inicio", "Mundo", "Tecnología", "Opinión"),
    ("Un cable roto deja dos ciudades sin red", "Cuánto cuesta una nube soberana"),
    "Lea también: Cuánto cuesta una nube soberana",
    "Noticias relacionadas", "Compartir", "Deja un comentario",
    "© 2026 El Faro. Todos los derechos reservados.",
    "Las opiniones de este artículo no reflejan necesariamente las de este diario.",
    "Suscríbase a nuestro boletín",
)  # fmt: skip

ARABIC = Article(
    "ar", "rtl",
    "خمس دول تتفق على شبكة مشتركة للبيانات",
    "ليلى حداد", "بقلم ليلى حداد", "14 مارس 2026", "2026-03-14",
    "من يدفع التكاليف",
    (
        "اتفقت خمس دول في المنطقة يوم الثلاثاء على بناء شبكة مشتركة للبيانات، حتى لا تبقى سجلات "
        "مواطنيها على خوادم بعيدة لا تخضع لقوانينها.",
        "وتنص مسودة الاتفاق على إقامة مركز في كل عاصمة، ولا يجوز أن تديره شركة تخضع لمحكمة أجنبية، "
        "كما جاء في وثيقة وزعت على المندوبين.",
        "ويشك بعض الخبراء في أن المبلغ يكفي. ويذكرون شبكة سابقة توقفت بعد عامين بسبب نقص قطع "
        "الغيار والمهندسين المدربين على صيانتها.",
        "ومن المنتظر اختيار المقاول في يونيو، وقد تنقل أول وزارة ملفاتها قبل نهاية العام الجاري.",
    ),
    "قالوا لنا عشر سنوات إن ذلك مستحيل هنا، وقد توقفنا عن الاستماع.",
    (
        "تسمي كل دولة مهندسا واحدا في المجلس لمدة عامين.",
        "تحفظ السجلات كلها على خوادم داخل المنطقة.",
    ),
    "مندوبون أمام القاعة. تصوير أمانة الاجتماع",
    ("الرئيسية", "العالم", "تقنية", "رأي"),
    ("انقطاع كابل يعزل مدينتين", "كم تكلف السحابة الوطنية"),
    "اقرأ أيضا: كم تكلف السحابة الوطنية",
    "مواضيع ذات صلة", "شارك هذا المقال", "التعليقات", "جميع الحقوق محفوظة",
    "المقالات المنشورة لا تعبر بالضرورة عن رأي الصحيفة.",
    "تابعونا على مواقع التواصل",
)  # fmt: skip

ARTICLES = (ENGLISH, CHINESE, RUSSIAN, FRENCH, SPANISH, ARABIC)
