"""Which countries and blocs a text mentions, by texts with the answer worked out by hand."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.naming import Named, named
from labels.naming.gazetteer import data

SAID = [
    # Names, peoples, capitals, seats
    ("en", "China and the United States met in Geneva.", "CHN USA"),
    ("en", "Chinese officials and Americans spoke; Frenchmen did not.", "CHN USA FRA"),
    ("en", "Beijing said so, the Kremlin agreed, and the White House did not.", "CHN RUS USA"),
    ("en", "Brussels and 10 Downing Street were silent.", "EU GBR"),
    ("en", "Côte d’Ivoire, Cote d'Ivoire, the Ivory Coast", "CIV"),
    ("en", "Türkiye, Kosovo, Hong Kong, Taiwan, Palestine", "TUR XKX HKG TWN PSE"),
    ("en", "Bosnia & Herzegovina, then Trinidad and Tobago", "BIH TTO"),
    ("en", "CHINA AND RUSSIA SIGN A DEAL IN MOSCOW", "CHN RUS"),
    ("en", "Sino-Russian drills, a Franco-German fund, US-China talks", "CHN RUS FRA DEU USA"),
    ("en", "the U.S.-led group, the USA, America", "USA"),
    # Blocs
    ("en", "NATO, ASEAN, BRICS+, the G7, the G-20 and the AU", "NATO ASEAN BRICS G7 G20 AU"),
    ("en", "UNESCO, the WHO and the U.N. Security Council", "UN"),
    ("en", "the European Commission and the African Union", "EU AU"),
    # Words that mislead
    ("en", "They told us who it was, in the turkey season, with a polish chad.", ""),
    ("en", "JOIN US TODAY, SEE WHO WINS", ""),
    ("en", "Georgia and Armenia signed in Tbilisi.", "GEO ARM"),
    ("en", "In Atlanta, Georgia's governor spoke at Georgia Tech.", ""),
    ("en", "Chad Miller and Michael Jordan play. Jordan Reed watches.", ""),
    ("en", "Chad and Jordan signed. Jordan and Chad vote. Jordan Signs AI Pact.", "TCD JOR"),
    ("en", "Jordan Foreign Ministry officials left.", "JOR"),
    ("en", "Turkey bans the chip; they ate roast turkey and a Turkey sandwich.", "TUR"),
    ("en", "Papua New Guinea, Equatorial Guinea, Guinea-Bissau", "PNG GNQ GNB"),
    ("en", "Guinea", "GIN"),
    ("en", "the Democratic Republic of the Congo and the Republic of the Congo", "COD COG"),
    ("en", "Congolese miners in Goma", "COD"),
    ("en", "Congolese officials in Brazzaville", "COG"),
    ("en", "North Korean hackers; South Korean chips", "PRK KOR"),
    ("en", "the two Koreas", "KOR PRK"),
    ("en", "the Korean Peninsula", ""),
    ("en", "Niger, Nigeria, a Nigerien, a Nigerian", "NER NGA"),
    ("en", "Dominica and the Dominican Republic", "DMA DOM"),
    ("en", "New England, New Mexico, the Indian Ocean, the South China Sea", ""),
    ("en", "Latin American, North American and Native American voices", ""),
    ("en", "China Daily and the South China Morning Post reported it.", ""),
    ("en", "Washington state, George Washington", ""),
    ("en", "Washington warned Seattle-based firms in Olympia.", ""),
    ("en", "Washington warned them.", "USA"),
    ("en", "the Paris Agreement, the Rome Statute, the Treaty of Lisbon, Hanoi convention", ""),
    ("en", "an agreement in Paris, Rome's statute", "FRA ITA"),
    ("fr", "la convention de Malabo, l'accord de Paris ; les accords à Paris", "FRA"),
    ("es", "el Convenio de Budapest y la Agenda de Túnez", ""),
    ("en", "It is written in Chinese. It speaks Russian and French.", ""),
    ("en", "a Russian-language site, the Chinese language, French-speaking regions", ""),
    ("en", "in Chinese labs, in Russian and American hands", "CHN RUS USA"),
    ("en", "English", ""),
    # Chinese
    ("zh", "中美俄三国代表在华盛顿会晤", "CHN USA RUS"),
    ("zh", "美方指责中方，俄军与乌军交火", "USA CHN RUS UKR"),
    ("zh", "对华为的限制不是对华政策", "CHN"),
    ("zh", "华为在上海地区的方案很完美，其中国有企业占多数", ""),
    ("zh", "印度尼西亚与印度在印度洋", "IDN IND"),
    ("zh", "刚果（金）和刚果（布）", "COD COG"),
    ("zh", "撒哈拉以南非洲、中美洲、北美、朝鲜半岛", ""),
    ("zh", "南非、朝鲜、韩国、尼日尔、尼日利亚", "ZAF PRK KOR NER NGA"),
    ("zh", "台灣、歐盟與聯合國教科文組織", "TWN EU UN"),
    ("zh", "白宫、克里姆林宫和联合国难民署", "USA RUS UN"),
    ("zh", "五百万美元，汉语和英语", ""),
    ("zh", "会议在日内瓦举行，发展中国家用越南语发言", ""),
    ("zh", "OpenAI 与 NATO 和 India", "NATO IND"),
    # Russian
    ("ru", "Переговоры с Китаем в Соединённых Штатах", "CHN USA"),
    ("ru", "россияне, американцами, китайскому, в Египте, на Филиппинах", "RUS USA CHN EGY PHL"),
    ("ru", "российско-китайский форум, американо-японский договор", "RUS CHN USA JPN"),
    ("ru", "Организацией Объединённых Наций, БРИКС, ШОС, ЕАЭС, СНГ", "UN BRICS SCO EAEU CIS"),
    ("ru", "Вашингтоном, Кремлём, в Белом доме", "USA RUS"),
    ("ru", "Того требует закон; чад и куба в тексте", ""),
    ("ru", "русский язык, в Латинской Америке, Индийского океана", ""),
    # French and Spanish
    ("fr", "Les Français, l'Inde, d'Israël et la Côte d’Ivoire", "FRA IND ISR CIV"),
    ("fr", "sociétés chinoises, turques, tchadiennes et sud-africaines", "CHN TUR TCD ZAF"),
    ("fr", "ETATS-UNIS, Etats-Unis, États-Unis", "USA"),
    ("fr", "l'OTAN, l'ONU, la CEDEAO et l'Union européenne", "NATO UN ECOWAS EU"),
    ("fr", "l'Amérique latine, l'océan Indien, l'Île-de-France, en français, la réunion", ""),
    ("fr", "La Réunion, île Maurice", "REU MUS"),
    ("es", "la empresa china, los franceses, las alemanas, iraníes", "CHN FRA DEU IRN"),
    ("es", "EE. UU., EE.UU., EEUU, Estados Unidos", "USA"),
    ("es", "La Paz, la OTAN y la Unión Africana", "BOL NATO AU"),
    ("es", "la paz, América Latina, Reunión de ministros, en español, Granada", ""),
    # Languages with CLDR's names alone, and none at all
    ("de", "Deutschland, Vereinigte Staaten, Moskau und die EU", "DEU USA RUS EU"),
    ("ko", "중국은 미국과", "CHN USA"),
    ("hi", "भारत और चीन", "IND CHN"),
    ("zh-Hant-TW", "美國", "USA"),
    ("xx", "China", "CHN"),
    ("", "China", "CHN"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text", "codes"), SAID, ids=lambda value: str(value)[:30])
def test_countries(language, text, codes):
    assert named(text, language).countries == codes.split()


def test_each_once_in_order_of_mention():
    assert named("Russia, China, Russia, the EU and China", "en").countries == ["RUS", "CHN", "EU"]


def test_places_and_kinds():
    text = "Paris, the U.S., German firms, 🙂 the Kremlin"
    found = [(text[m.start : m.end], m.label, m.kind) for m in named(text, "en").mentions]
    assert found == [
        ("Paris", "FRA", "capital"),
        ("U.S.", "USA", "country"),
        ("German", "DEU", "people"),
        ("Kremlin", "RUS", "seat"),
    ]
    text = "中美与刚果（金）、巴以"
    found = [(text[m.start : m.end], m.label) for m in named(text, "zh").mentions]
    assert found == [
        ("中", "CHN"), ("美", "USA"), ("刚果（金）", "COD"), ("巴以", "ISR"), ("巴以", "PSE"),
    ]  # fmt: skip


def test_a_text_in_decomposed_letters_is_read_alike():
    text = "Mexico, México, Côte d'Ivoire"
    assert named(text, "en").countries == ["MEX", "CIV"]
    assert named("в Китай и Ки" + "т" + "аи\u0306", "ru").countries == ["CHN"]


def test_nothing_named():
    assert named("", "en") == Named([])
    assert named("Nothing of note.", "en").names == []


_PIECES = (
    "US U.S. us China Chinese in and New England Congo Brazzaville Georgia Chad Jordan 中美 "
    "在华盛顿 其中 刚果（金） РФ российско- Китаем Côte d' Ivoire EE. UU. - ’ \u0301 \ud800 ( （"
)
PIECES = st.one_of(st.text(max_size=20), st.sampled_from(_PIECES.split()))


@settings(deadline=None)
@given(st.lists(PIECES, max_size=12), st.sampled_from(["en", "zh", "ru", "fr", "es", "ja", "tr"]))
def test_any_text_is_read_and_places_point_at_what_is_named(pieces, language):
    for text in (" ".join(pieces), "".join(pieces)):
        found = named(text, language)
        places = [(m.start, m.end) for m in found.mentions]
        assert places == sorted(places)
        assert all(0 <= start < end <= len(text) for start, end in places)
        assert len(set(found.countries)) == len(found.countries)
        for mention in found.mentions:
            words = text[mention.start : mention.end]
            assert words == words.strip()
            assert mention.kind in {"country", "people", "capital", "seat", "sign", "bloc"}


@pytest.mark.parametrize(
    ("language", "unit"),
    [
        ("en", "US and the Democratic Republic of the Congo in New England. "),
        ("en", "U.S.A."),
        ("en", "Georgia Georgian "),
        ("zh", "中美俄在华盛顿其中国"),
        ("ru", "Республики Конго и Объединённых "),
        ("es", "EE. UU. "),
    ],
)
def test_time_grows_with_the_length(language, unit):
    def seconds(length: int) -> float:
        text = (unit * (length // len(unit) + 1))[:length]
        best = 9.0
        for _ in range(3):
            begun = time.process_time()
            named(text, language)
            best = min(best, time.process_time() - begun)
        return best

    named(unit, language)
    # Ten times as long: a quadratic reading would take a hundred times as long.
    assert seconds(20_000) < 30 * max(seconds(2_000), 0.001)


def test_a_thousand_paragraphs_a_second():
    paragraph = "Officials in Beijing said that the Chinese side and the US had met in Geneva. " * 6
    named(paragraph, "en")
    begun = time.process_time()
    for _ in range(200):
        named(paragraph, "en")
    assert time.process_time() - begun < 0.2


def test_what_is_read_once_is_kept():
    assert data() is data()
