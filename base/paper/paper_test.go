package paper

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"jishi/base/words"
)

// opinion is a document with every part, as a county bureau would serve it.
func opinion() Doc {
	return Doc{
		Issuer: "清河县住房和城乡建设局", Head: true, Number: "清建信复〔2026〕12号",
		Title: "信访事项处理意见书", To: "张三",
		Body: []Block{
			Paragraph{"你于2026年10月8日通过网上信访反映幸福里小区3号楼外墙渗水、开发企业不履行保修义务的事项（编号：QH20261008-0031），我局于2026年10月12日受理。经调查核实，现答复如下："},
			Heading{1, "信访请求"},
			Paragraph{"请求责令清河县宏远房地产开发有限公司履行保修责任，在入冬前完成外墙防水维修，并赔偿室内装修损失。"},
			Heading{1, "查明的事实"},
			Heading{2, "保修期限"},
			Paragraph{"该楼于2023年6月30日竣工验收合格。依据《建设工程质量管理条例》第四十条，屋面防水工程、有防水要求的卫生间、房间和外墙面的防渗漏，最低保修期限为5年，至2028年6月29日届满，目前仍在保修期内。"},
			Heading{2, "现场勘查"},
			List{Items: []string{"2026年10月15日，我局会同街道办事处、社区居民委员会到场勘查，确认渗水属实。", "渗水点位共7处，位于东山墙二层至六层。"}, Ordered: true},
			Table{Head: []string{"点位", "楼层", "渗水面积（平方米）", "处理办法"}, Rows: [][]string{{"东山墙北侧", "二层", "1.2", "铲除面层，重做防水层"}, {"东山墙南侧", "六层", "3.5", "同上，并更换变形缝密封材料，由开发企业委托有资质的单位施工"}}, Widths: []float64{2, 1, 2, 4}},
			Heading{1, "处理意见"},
			Paragraph{"对你要求维修的请求予以支持：责令该公司于2026年12月10日前完成维修。赔偿损失属民事争议，可协商解决，也可向人民法院起诉。\n如不服本意见，可自收到本意见书之日起30日内向清河县人民政府请求复查；逾期不请求的，各级机关不再受理同一事实和理由的请求。"},
		},
		Sign: "清河县住房和城乡建设局", Day: "2026-11-22",
		Attachments: []string{"现场勘查记录", "责令维修通知书（清建责〔2026〕5号）"},
		Notes:       []string{"联系人：李四，电话：0319-0000000"},
		Code:        "https://xinfang.example/follow/QH20261008-0031", CodeCaption: "扫码查看办理过程、评价，或请求复查",
	}
}

func pdf(t *testing.T, d Doc, opts ...Option) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := d.PDF(&b, opts...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// read is the PDF's text as a reader's program finds it; the test is skipped where pdftotext is not.
func read(t *testing.T, file []byte) string {
	t.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("pdftotext (poppler-utils) is not here: the PDF's text is not checked")
	}
	name := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-enc", "UTF-8", "-raw", name, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// tight is text without any blank, for comparing across line ends.
func tight(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// inOrder fails unless the parts stand in s one after another.
func inOrder(t *testing.T, s string, parts ...string) {
	t.Helper()
	rest := tight(s)
	for _, p := range parts {
		i := strings.Index(rest, tight(p))
		if i < 0 {
			t.Fatalf("%q is missing or out of order; what follows there is:\n%.300s", p, rest)
		}
		rest = rest[i+len(tight(p)):]
	}
}

// parts are what every output of opinion must say, in this order.
var parts = []string{
	"清河县住房和城乡建设局", "清建信复〔2026〕12号", "信访事项处理意见书", "张三：",
	"（编号：QH20261008-0031）", "一、信访请求", "二、查明的事实", "（一）保修期限", "（二）现场勘查", "1. 2026年10月15日",
	"渗水面积（平方米）", "更换变形缝密封材料", "三、处理意见", "30日内", "附件：1. 现场勘查记录", "2. 责令维修通知书（清建责〔2026〕5号）",
	"清河县住房和城乡建设局", "2026年11月22日", "（联系人：李四，电话：0319-0000000）", "扫码查看办理过程",
}

func TestPDFSaysEverythingInOrder(t *testing.T) {
	file := pdf(t, opinion())
	if at := os.Getenv("PAPER_OUT"); at != "" {
		os.WriteFile(filepath.Join(at, "opinion.pdf"), file, 0o600)
	}
	text := strings.NewReplacer("— 1 —", "", "— 2 —", "", "\f", "").Replace(read(t, file))
	inOrder(t, text, parts...)
}

func TestEnglishLetter(t *testing.T) {
	d := opinion()
	d.Lang, d.Head, d.To, d.Title = words.EN, false, "Ms Zhang San", "Opinion on a petition"
	d.Body = []Block{Paragraph{strings.Repeat("The leak in the outer wall is within the warranty period, and the developer must repair it. ", 12)}}
	file := pdf(t, d)
	if at := os.Getenv("PAPER_OUT"); at != "" {
		os.WriteFile(filepath.Join(at, "letter.pdf"), file, 0o600)
	}
	inOrder(t, read(t, file), "Ms Zhang San:", "The leak in the outer wall", "Attachments: 1.", "22 November 2026")
}

// BenchmarkPDF is three pages; BenchmarkLongPDF 100,000 characters, some 170 pages.
func BenchmarkPDF(b *testing.B) { bench(b, opinion()) }

func BenchmarkLongPDF(b *testing.B) {
	bench(b, Doc{Title: "长文", Body: []Block{Paragraph{strings.Repeat("经查，该小区外墙渗水属实，应当维修。", 5600)}}})
}

func BenchmarkDOCX(b *testing.B) {
	d := opinion()
	b.ReportAllocs()
	for b.Loop() {
		if err := d.DOCX(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

func bench(b *testing.B, d Doc) {
	// Unpacking the font, once in the life of the program, is not a page's cost.
	if _, err := serif(); err != nil {
		b.Fatal(err)
	}
	clean, err := d.clean()
	if err != nil {
		b.Fatal(err)
	}
	sh, err := clean.compose(setting{})
	if err != nil {
		b.Fatal(err)
	}
	pages := len(sh.pages())
	var w bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		w.Reset()
		if err := d.PDF(&w); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(w.Len())/1024, "KB/doc")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N*pages), "ms/page")
}
