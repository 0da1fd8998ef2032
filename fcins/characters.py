"""One character for what looks the same: the form in which texts are compared everywhere."""

import unicodedata

# U+2E81 to U+2EF3 (CJK Radicals Supplement), in order, each as the ideograph that it stands for: Unicode Character
# Database 15.0, EquivalentUnifiedIdeograph.txt. A blank where there is none. NFKC knows only the Kangxi radicals.
_RADICALS = (
    "厂乛乚乙亻冂\U00020628刀刂卜㔾小小兀尣尢\U00021bc2巳幺彑\U0002b739忄心扌攵　旡日月歺母民氵氺灬爫爫丬牛"
    "犭王\U00024d14目示礻\U00025ad7糹纟罓罒㓁冗\U0002626b羊\U0002634c\U0002634b耂肀聿肉\U00026951艹艹艹虎衤覀西见角\U000278b2讠贝\U00027fb7车辶辶辶"
    "邑钅長镸长门\U00028e0f阝雨青韦页风飞食\U0002967f飠饣\U00029810马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟"
)
# Of three Kangxi radicals NFKC gives the old form, where the glyph of a simplified font is that of the new one.
_NEW_FORMS = {0x2F3E: "户", 0x2FAD: "青", 0x2FC8: "黄"}
_IDEOGRAPHS = {code: each for code, each in enumerate(_RADICALS, start=0x2E81) if each != "\u3000"} | _NEW_FORMS


def unified(text: str) -> str:
    """NFKC, and radicals as ideographs: text copied from a PDF holds ⻓ (U+2ED3) where it shows 长 (U+957F)."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", text.translate(_IDEOGRAPHS))
