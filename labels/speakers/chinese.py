# ruff: noqa: RUF001 - marks and letters of other scripts are what this file is about
"""Who says a quotation, in Chinese."""

import re
from dataclasses import replace

from labels.speakers.attribution import Found
from labels.speakers.names import Mention
from labels.speakers.phrases import QUOTED

_VERB = (
    "报道称|报道说|报导称|报导说|(?<=.)(?:报道|报导)|说道|(?<![小传学据听虽])说(?!法|服|明(?!年))|表示|"
    "(?<![被名简堪])称(?![为号霸赞])|指出|强调|认为|写道|写到|警告|回应|回答|宣布|透露|坦言|直言|呼吁|告诉|解释|声称|"
    "介绍|评论|批评|反驳|重申|主张|承认|感叹|总结|补充|问道|提到|谈到|形容|提醒|质疑|承诺|断言|所言|所说|"
    "援引|看来|的话说|明确|答道|抨击|斥责|比作|喊话|"
    r"(?<![报知频渠街轨味人赤管通航跑地难公霸大一要])道(?=[：:。，,\s]*(?:$|\ufffc))"
)
_PASSIVE = re.compile(r"被(?!问|任命|捕|告)[^的]*$")
"""What is done to a subject is said by another: "被称为" names nobody who speaks."""

_KANA = re.compile("[\u3040-\u30ff]")
_MOST_KANA = 2
_TRADITIONAL = str.maketrans(
    "說稱認為強調評應長發總統國書記報導對於據們這該專學員議務經濟師顧問張陳劉楊趙黃吳孫馬鄭謝許韓馮鄧蕭盧蘇呂葉蔣"
    "寫諷會獲開與將執營創辦聯織黨團駁籲證實斥責質諾結補談諮詢職級軍將",
    "说称认为强调评应长发总统国书记报导对于据们这该专学员议务经济师顾问张陈刘杨赵黄吴孙马郑谢许韩冯邓萧卢苏吕叶蒋"
    "写讽会获开与将执营创办联织党团驳吁证实斥责质诺结补谈咨询职级军将",
)
"""Characters of the words here as they are written in Taiwan and Hong Kong, one for one."""
_BEFORE = re.compile(rf"(?:{_VERB})(?:[^，。！？；\ufffc“”]{{0,14}})?[：:，,]?\s*$")
_AFTER = re.compile(rf"^[。，,\s]*(?P<subject>[^。！？；：，,\ufffc]{{1,40}}?)(?:{_VERB})")
_AFTER_NAMED = re.compile(
    rf"^[。，,\s]*(?P<subject>[^。！？；：，,\ufffc]{{1,40}}?，[^。！？；：，,\ufffc]{{0,30}}?)(?:{_VERB})"
)
_CREDIT = re.compile(r"^\s*(?:——|—|–|-)\s*(?P<subject>[^。，,；\n]{2,40})")
_SOURCE = re.compile(
    r"(?:根据|据|按照|引述|援引|用)(?P<subject>[^，。；：\ufffc]{2,30}?)(?:的?(?:报道|消息|说法|话说|话|声明|介绍|新闻稿))"
)
_TITLE = re.compile(
    "副?(?:总统|国家主席|主席|总理|部长|外长|防长|大臣|首相|主任|教授|院长|研究员|董事长|总裁|首席执行官|首席科学家|首席技术官|CEO|"
    "创始人|联合创始人|专家|学者|分析师|分析人士|大使|代表|秘书长|议员|记者|特使|专员|委员|局长|司长|会长|所长|工程师|"
    "负责人|发言人|经济学家|顾问|总书记|书记|市长|省长|州长|理事长|总干事|律师|博士|院士|总监|经理|国务卿|司令|将军|作家|掌门人|研究者|活动人士|王子|公主|国王|女王|亲王|教皇|酋长|上将|中将|少将|大校|上校|合伙人|高管|官员|评论员|作者|艺术家|学家|"
    "法官|检察官|校长|行长|村民|农民|店主|学生|工人|主管|公使|幕僚长|副总裁|首领|领导人|政要|长老|村长|组长|团长|站长|社长|总编辑|主编|编辑|诗人)"
    "(?![会团馆府处院局协组])"
)
_PRONOUN = re.compile(r"^(?:他|她|它|他们|她们|其|该人士|后者)(?:们)?$")
_NOBODY = re.compile(r"^(?:[这那有该本]|一)(?:[篇份些项则个条款家]|)$")
_OWN = re.compile(r"^(?:我|我们|笔者|本报记者|本报)$")
_ENDS = re.compile(
    r"(?:昨[天日]|今[天日]|当[天日]|日前|近日|此前|随后|[上下本这]周|(?:周|星期|礼拜)[一二三四五六日天末]|\d+月\d*日?|\d+日|"
    r"在|于|对|向|就|通过|当|还|也|则|曾|再次|同时|进一步|接受|均|都|并|又|再|更|却|特别|一再|多次|明确|公开|严厉|坚定|毫不|亦|"
    r"表|强调|指|回|反|不点名|直截了当|如此|这样|是|把|将|认|的|发|撰文|签署|补|告|以|为|引|微|笑|解|专|坦|总|谈|批|呼|摇头|点头|微笑|笑|叹|怒|淡淡|冷冷|大声|轻声|亲口)"
)
_FAMILY = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任沈姚卢姜崔钟谭陆汪范石"
    "廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严武戴莫孔向汤金朴"
)
_FUNCTION = "这那的在说是同和与对就也还向表称将已于为以及等了曾则都又并把被让到从由用给跟或但而却"
_NAMED = re.compile(
    rf"(?P<name>[{_FAMILY}][\u4e00-\u9fff](?:(?![{_FUNCTION}])[\u4e00-\u9fff])?|[\u4e00-\u9fff]{{1,6}}·[\u4e00-\u9fff]{{1,8}})"
)
_PERSON = re.compile(rf"{_NAMED.pattern}(?:是|曾|现任|出任|今年|现年|，\d|在)")
_GOES_ON = re.compile(
    r"[，,\s]*(?:虽然|尽管|但|因为|由于|如果|而|并|不过|这|那|该|其|以|从而|所以|因此|的|等|是)"
)
_STRONG_END = re.compile(
    r"昨[天日]|今[天日]|当[天日]|日前|近日|此前|随后|[上下本这]周|(?:周|星期|礼拜)[一二三四五六日天末]|\d+月\d*日?|\d+日|"
    r"在|对(?!外)|就|通过|接受|被问"
)
_LEAD = re.compile(
    r"^(?:(?:对此|此外|不过|但是?|然而|而|同时|随后|其中|另外|与此同时|正如|如同?|用|按照|按|据|例如|比如|因此|所以|并且?|"
    r"\d+年|\d+月\d*日?|\d+日|周[一二三四五六日]|昨[天日]|今[天日]|日前|近日|当[天日]|来自|在场的?)\s*)+"
)


def chinese_speaker(left: str, right: str) -> Found | None:
    """Return who says the quotation between `left` and `right` of its sentence.

    The rules are written in simplified characters; the name is as in the text.
    """
    left, right = left[-200:], right[:200]
    if _is_japanese(left + right):
        return None
    found = _speaker(left.translate(_TRADITIONAL), right.translate(_TRADITIONAL))
    if found is None:
        return None
    who = replace(found.who, text=_as_written(found.who.text, left + right))
    return Found(who, found.direct, found.before)


def _is_japanese(text: str) -> bool:
    return len(_KANA.findall(text)) > _MOST_KANA


def _as_written(name: str, text: str) -> str:
    at = text.translate(_TRADITIONAL).find(name)
    return text[at : at + len(name)] if at >= 0 else name


def _speaker(left: str, right: str) -> Found | None:
    if _BEFORE.search(left) and (who := _subject_of(left)):
        return Found(who, True)
    if credit := _CREDIT.match(right):
        return _found(_read(credit["subject"]), True)
    for pattern in (_AFTER, _AFTER_NAMED):
        if _GOES_ON.match(right):
            break
        after = pattern.match(right)
        if after is None or _PASSIVE.search(after["subject"]):
            continue
        if who := _read(after["subject"].split("，")[0]):
            return Found(who, True)
    if re.search(rf"{_VERB}", left) and (who := _subject_of(left)):
        return Found(who, False)
    if (source := _SOURCE.search(left)) and (who := _read(source["subject"])):
        return Found(who, False)
    if left.rstrip().endswith(("：", ":")):
        return _found(_read(re.split("[，。！？；]", left.rstrip("：: "))[-1]), True)
    return None


def chinese_person(sentence: str) -> str | None:
    """Return the person that a sentence begins with, or names last with an office."""
    if _is_japanese(sentence):
        return None
    name = _person(sentence.translate(_TRADITIONAL))
    return _as_written(name, sentence) if name else None


def _person(sentence: str) -> str | None:
    if begins := _PERSON.match(sentence.strip()):
        return begins["name"]
    named = [
        match
        for title in _TITLE.finditer(sentence[-300:])
        if (match := _NAMED.match(sentence[-300:], title.end()))
    ]
    return named[-1]["name"] if named else None


def _found(who: Mention | None, direct: bool) -> Found | None:
    return Found(who, direct) if who else None


def _subject_of(left: str) -> Mention | None:
    """Return the subject of the last verb of saying, going back over clauses without one."""
    clauses = re.split(rf"[，,：:；{QUOTED}]", left)
    seen_verb = False
    for clause in reversed(clauses):
        verbs = list(re.finditer(_VERB, clause))
        seen_verb = seen_verb or bool(verbs)
        if not seen_verb:
            continue
        quoted = re.search(
            rf"(?:引述|援引|引用)(?P<who>.+?)(?:的(?:声明|话|说法))?(?:{_VERB})", clause
        )
        subject = quoted["who"] if quoted else clause[: verbs[0].start()] if verbs else clause
        if _PASSIVE.search(subject):
            return None
        if who := _read(subject):
            return who
    return None


def _read(subject: str) -> Mention | None:
    """Read "中国外交部发言人毛宁周二" as 毛宁: the name after the last title, without the time."""
    subject = _LEAD.sub("", subject.strip(' 　，,、—-“”"')).strip()
    if not subject:
        return None
    subject = re.sub(r"[（(][^）)]*[）)]", "", subject)
    if strong := _STRONG_END.search(subject, 2):
        subject = subject[: strong.start()]
    titles = list(_TITLE.finditer(subject))
    if titles and titles[-1].end() == len(subject):
        start = titles[-2].end() if len(titles) > 1 else 0
        named = _NAMED.fullmatch(subject[start : titles[-1].start()])
        if named:
            subject, titles = subject[: titles[-1].start()], titles[:-1]
    rest = subject[titles[-1].end() :] if titles else subject
    cut = _ENDS.search(rest)
    name = rest[: cut.start()] if cut else rest
    name = re.sub(r"(?:先生|女士|本人)$", "", name).strip(" ，,、（）()")
    if _PRONOUN.match(name):
        return Mention(name, "pronoun")
    if _OWN.match(name):
        return Mention(name, "own")
    if _NOBODY.match(name):
        return None
    if titles:
        whole = subject[: titles[-1].end()]
        return Mention(name, "name") if 2 <= len(name) <= 16 else Mention(_trim(whole), "other")
    if len(name) < 2 or len(name) > 24:
        return None
    return Mention(name, "name" if len(name) <= 4 or "·" in name else "other")


def _trim(subject: str) -> str:
    return re.sub(r"^(?:一位|一名|一个|多位|有)", "", subject)
