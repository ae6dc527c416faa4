package paper

import (
	"fmt"
	"strings"
)

// The fixed parts of a DOCX file (ECMA-376). Lengths are twentieths of a point, type sizes half points.
const (
	docxDecl = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	docxNS   = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	docxWord = "application/vnd.openxmlformats-officedocument.wordprocessingml."
	docxRel  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	docxPkg  = "http://schemas.openxmlformats.org/package/2006/"

	docxTypes = docxDecl + `<Types xmlns="` + docxPkg + `content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>` +
		`<Override PartName="/word/document.xml" ContentType="` + docxWord + `document.main+xml"/>` +
		`<Override PartName="/word/styles.xml" ContentType="` + docxWord + `styles+xml"/>` +
		`<Override PartName="/word/settings.xml" ContentType="` + docxWord + `settings+xml"/>` +
		`<Override PartName="/word/fontTable.xml" ContentType="` + docxWord + `fontTable+xml"/>` +
		`<Override PartName="/word/footer1.xml" ContentType="` + docxWord + `footer+xml"/>` +
		`<Override PartName="/word/footer2.xml" ContentType="` + docxWord + `footer+xml"/>` +
		`<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>`

	docxRoot = docxDecl + `<Relationships xmlns="` + docxPkg + `relationships">` +
		`<Relationship Id="rId1" Type="` + docxRel + `officeDocument" Target="word/document.xml"/>` +
		`<Relationship Id="rId2" Type="` + docxPkg + `relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`

	docxLinks = docxDecl + `<Relationships xmlns="` + docxPkg + `relationships">` +
		`<Relationship Id="rId1" Type="` + docxRel + `styles" Target="styles.xml"/>` +
		`<Relationship Id="rId2" Type="` + docxRel + `settings" Target="settings.xml"/>` +
		`<Relationship Id="rId3" Type="` + docxRel + `fontTable" Target="fontTable.xml"/>` +
		`<Relationship Id="rId4" Type="` + docxRel + `footer" Target="footer1.xml"/>` +
		`<Relationship Id="rId5" Type="` + docxRel + `footer" Target="footer2.xml"/></Relationships>`

	docxPictureLink = `<Relationship Id="rId6" Type="` + docxRel + `image" Target="media/code.png"/>`

	docxCore = docxDecl + `<cp:coreProperties xmlns:cp="` + docxPkg + `metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">` +
		`<dc:title>%s</dc:title><dc:creator>%s</dc:creator><dc:language>%s</dc:language>` +
		`<dcterms:created xsi:type="dcterms:W3CDTF">%sT00:00:00+08:00</dcterms:created></cp:coreProperties>`

	docxOpen = docxDecl + `<w:document ` + docxNS + ` xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><w:body>`

	// A4; 37 mm above, 28 mm left, what 156 mm by 225 mm leave right and below; 22 rows. That 28
	// characters fill a row is done by closing the body's letters up by 0.2 pt, in the style Normal:
	// word processors do not agree on what a grid of characters is.
	docxSection = `<w:sectPr><w:footerReference w:type="default" r:id="rId4"/><w:footerReference w:type="even" r:id="rId5"/>` +
		`<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1587" w:header="851" w:footer="1361" w:gutter="0"/>` +
		`<w:docGrid w:type="lines" w:linePitch="579"/></w:sectPr></w:body></w:document>`

	docxSettings = docxDecl + `<w:settings ` + docxNS + `><w:evenAndOddHeaders/><w:characterSpacingControl w:val="compressPunctuation"/>` +
		`<w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat></w:settings>`

	docxTable = `<w:tbl><w:tblPr><w:tblW w:w="8844" w:type="dxa"/><w:tblBorders>` +
		`<w:top w:val="single" w:sz="4" w:space="0" w:color="000000"/><w:left w:val="single" w:sz="4" w:space="0" w:color="000000"/>` +
		`<w:bottom w:val="single" w:sz="4" w:space="0" w:color="000000"/><w:right w:val="single" w:sz="4" w:space="0" w:color="000000"/>` +
		`<w:insideH w:val="single" w:sz="4" w:space="0" w:color="000000"/><w:insideV w:val="single" w:sz="4" w:space="0" w:color="000000"/>` +
		`</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>`

	docxPicture = `<w:p><w:pPr><w:pStyle w:val="Code"/></w:pPr><w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">` +
		`<wp:extent cx="%d" cy="%d"/><wp:docPr id="1" name="QR" descr="%s"/>` +
		`<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic>` +
		`<pic:nvPicPr><pic:cNvPr id="1" name="code.png"/><pic:cNvPicPr/></pic:nvPicPr>` +
		`<pic:blipFill><a:blip r:embed="rId6"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>` +
		`<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="%d" cy="%d"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr>` +
		`</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r><w:r><w:t xml:space="preserve">  %s</w:t></w:r></w:p>`
)

// docxFonts names, for each face of the standard, those to use where it is not installed.
var docxFonts = docxDecl + `<w:fonts ` + docxNS + `>` +
	substitute("仿宋_GB2312", "roman", "仿宋,FangSong,STFangsong,Noto Serif CJK SC") +
	substitute("方正小标宋简体", "roman", "小标宋,华文中宋,STZhongsong,宋体,Noto Serif CJK SC") +
	substitute("黑体", "swiss", "SimHei,Noto Sans CJK SC") +
	substitute("楷体_GB2312", "roman", "楷体,KaiTi,STKaiti,Noto Serif CJK SC") +
	substitute("宋体", "roman", "SimSun,Noto Serif CJK SC") + `</w:fonts>`

func substitute(name, family, others string) string {
	return fmt.Sprintf(`<w:font w:name="%s"><w:altName w:val="%s"/><w:charset w:val="86"/><w:family w:val="%s"/></w:font>`, name, others, family)
}

// footer is the page number between dashes, at the outer edge, one character in.
func footer(side string) string {
	return docxDecl + `<w:ftr ` + docxNS + `><w:p><w:pPr><w:pStyle w:val="Footer"/><w:jc w:val="` + side + `"/></w:pPr>` +
		`<w:r><w:t xml:space="preserve">— </w:t></w:r><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>` +
		`<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:t xml:space="preserve"> —</w:t></w:r></w:p></w:ftr>`
}

// look is one paragraph style: its place on the page in pPr, its type in the rest.
type look struct {
	id, name, pPr, font string
	half                int // type size in half points
	colour              string
	bold                bool
}

const exact = `<w:spacing w:before="0" w:after="0" w:line="579" w:lineRule="exact"/>`

func (b *docx) looks() []look {
	colour, above, markSize := "000000", 0, 56
	over, under, side := `<w:pBdr><w:bottom w:val="single" w:sz="8" w:space="4" w:color="000000"/></w:pBdr>`, "", "right"
	if b.doc.Head {
		colour, above, markSize = "D01010", 1984, 96
		over, under, side = "", `<w:pBdr><w:bottom w:val="single" w:sz="16" w:space="11" w:color="D01010"/></w:pBdr>`, "center"
	}
	if n := widths(b.doc.Issuer); n > 0 {
		markSize = max(44, min(markSize, int((areaWidth-2*cell)/n/point*2)))
	}
	flush := `<w:ind w:firstLineChars="0" w:firstLine="0"/>`
	centre := flush + `<w:jc w:val="center"/>`
	song, fang := "方正小标宋简体", "仿宋_GB2312"
	return []look{
		{"Issuer", "发文机关标志", fmt.Sprintf(`<w:keepNext/>%s<w:snapToGrid w:val="0"/><w:spacing w:before="%d" w:after="%d" w:line="240" w:lineRule="auto"/>`, over, above, 80+above*58/100) + centre, song, markSize, colour, false},
		{"DocNumber", "发文字号", `<w:keepNext/>` + under + flush + `<w:jc w:val="` + side + `"/>`, fang, 32, "", false},
		{"Title", "Title", `<w:keepNext/><w:spacing w:before="1158" w:after="579" w:line="700" w:lineRule="exact"/>` + centre, song, 44, "", false},
		{"Addressee", "主送机关", flush, fang, 32, "", false},
		{"Heading1", "heading 1", `<w:keepNext/><w:outlineLvl w:val="0"/>`, "黑体", 32, "", false},
		{"Heading2", "heading 2", `<w:keepNext/><w:outlineLvl w:val="1"/>`, "楷体_GB2312", 32, "", false},
		{"Heading3", "heading 3", `<w:keepNext/><w:outlineLvl w:val="2"/>`, fang, 32, "", false},
		{"Heading4", "heading 4", `<w:keepNext/><w:outlineLvl w:val="3"/>`, fang, 32, "", false},
		{"TableText", "表格文字", `<w:spacing w:before="20" w:after="20" w:line="400" w:lineRule="exact"/>` + flush + `<w:jc w:val="left"/>`, fang, 24, "", false},
		{"TableHead", "表头", `<w:keepNext/><w:spacing w:before="20" w:after="20" w:line="400" w:lineRule="exact"/>` + flush + `<w:jc w:val="left"/>`, fang, 24, "", true},
		{"Signature", "署名", `<w:keepLines/>` + flush + `<w:jc w:val="right"/>`, fang, 32, "", false},
		{"Code", "二维码", `<w:keepLines/><w:spacing w:before="200" w:line="240" w:lineRule="auto"/>` + flush + `<w:textAlignment w:val="center"/>`, fang, 24, "", false},
		{"Footer", "footer", `<w:spacing w:line="240" w:lineRule="auto"/><w:ind w:firstLineChars="0" w:firstLine="0" w:leftChars="100" w:left="280" w:rightChars="100" w:right="280"/>`, "宋体", 28, "", false},
	}
}

func (b *docx) styles() string {
	latin, lang := "仿宋_GB2312", "zh-CN"
	if b.doc.pick("", "en") != "" {
		latin, lang = "Times New Roman", "en-GB"
	}
	var s strings.Builder
	fmt.Fprintf(&s, docxDecl+`<w:styles `+docxNS+`><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="%s" w:hAnsi="%s" w:eastAsia="仿宋_GB2312" w:cs="Times New Roman"/><w:sz w:val="32"/><w:szCs w:val="32"/><w:lang w:val="%s" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault></w:docDefaults>`, latin, latin, lang)
	s.WriteString(`<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/><w:pPr><w:kinsoku/><w:overflowPunct w:val="0"/>` + exact + `<w:ind w:firstLineChars="200" w:firstLine="632"/><w:jc w:val="both"/></w:pPr><w:rPr><w:spacing w:val="-4"/></w:rPr></w:style>`)
	for _, l := range b.looks() {
		fmt.Fprintf(&s, `<w:style w:type="paragraph" w:styleId="%s"><w:name w:val="%s"/><w:basedOn w:val="Normal"/><w:qFormat/><w:pPr>%s</w:pPr><w:rPr><w:rFonts w:eastAsia="%s"`, l.id, l.name, l.pPr, l.font)
		if latin == "仿宋_GB2312" {
			fmt.Fprintf(&s, ` w:ascii="%s" w:hAnsi="%s"`, l.font, l.font)
		}
		s.WriteString("/>")
		if l.bold {
			s.WriteString("<w:b/>")
		}
		if l.colour != "" {
			fmt.Fprintf(&s, `<w:color w:val="%s"/>`, l.colour)
		}
		if l.half != 32 {
			s.WriteString(`<w:spacing w:val="0"/>`)
		}
		fmt.Fprintf(&s, `<w:sz w:val="%d"/><w:szCs w:val="%d"/></w:rPr></w:style>`, l.half, l.half)
	}
	s.WriteString("</w:styles>")
	return s.String()
}
