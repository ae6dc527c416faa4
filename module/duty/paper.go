package duty

import "unicode"

// What FORM24 says of documents and meetings, in its numbers.
const (
	MostGeneral  = 5000 // characters of a general document (item 2)
	MostSpecific = 4000 // of one on a special task or a concrete one
	MostSpeech   = 60   // minutes of the main speech (item 6)
	HalfDay      = 240  // minutes; the text says half a day, eight working hours a day are our reading [D]
	DayAndAHalf  = 720
)

// Characters counts what a reader reads: letters, Chinese characters and digits of the body. Blanks, marks and
// annexes do not count (our reading, D: the text does not say how to count).
func Characters(body string) int {
	n := 0
	for _, c := range body {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			n++
		}
	}
	return n
}

// Warning is something that a document or meeting should not be, with its article.
type Warning struct {
	Text, Cite string
	Args       []any
}

const form24 = "整治形式主义为基层减负若干规定"

// Document is a paper that goes down.
type Document struct {
	Sort        string // general 一般性, specific 专项或者具体任务, comprehensive 综合部署
	Chars       int
	AsksReports bool // it demands reports on its implementation
	AsksPapers  bool // or supporting documents
	More        bool // more documents than in the same time of last year
}

// Check warns; it never refuses: comprehensive documents have no limit, and a body may give its reason.
func (d Document) Check() (list []Warning) {
	most := map[string]int{"general": MostGeneral, "specific": MostSpecific}[d.Sort]
	if most > 0 && d.Chars > most {
		list = append(list, Warning{"有{n}字，这类文件一般不超过{most}字。", form24 + "第二条", []any{"n", d.Chars, "most", most}})
	}
	if d.AsksReports {
		list = append(list, Warning{"文件一般不得要求下级报送落实情况。", form24 + "第三条", nil})
	}
	if d.AsksPapers {
		list = append(list, Warning{"文件一般不得要求下级制发配套文件。", form24 + "第三条", nil})
	}
	if d.More {
		list = append(list, Warning{"今年的文件比去年同期多，要向上级党委办公厅（室）书面说明。", form24 + "第一条", nil})
	}
	return list
}

// Meeting is a meeting that calls people up.
type Meeting struct {
	Comprehensive  int  // how many comprehensive ones the body had this year, this one included
	Speech, Length int  // minutes
	Groups         bool // with discussion in groups
	Ordered        bool // a document has already ordered it
	Base           bool // it reaches villages or townships
	Approved       bool // the party committee's chief leader approved that
}

// Check warns as Document.Check does.
func (m Meeting) Check() (list []Warning) {
	if m.Comprehensive > 1 {
		list = append(list, Warning{"一个系统一年一次综合性会议，这是今年第{n}次。", form24 + "第四条", []any{"n", m.Comprehensive}})
	}
	if m.Ordered {
		list = append(list, Warning{"文件已经部署的，不再开会。", form24 + "第四条", nil})
	}
	if m.Base && !m.Approved {
		list = append(list, Warning{"开到基层的会议，要由党委主要负责同志批准。", form24 + "第五条", nil})
	}
	if m.Speech > MostSpeech {
		list = append(list, Warning{"主要讲话{n}分钟，一般不超过{most}分钟。", form24 + "第六条", []any{"n", m.Speech, "most", MostSpeech}})
	}
	most := HalfDay
	if m.Groups {
		most = DayAndAHalf
	}
	if m.Length > most {
		list = append(list, Warning{"会议{n}分钟，这样的会议一般不超过{most}分钟。", form24 + "第六条", []any{"n", m.Length, "most", most}})
	}
	return list
}
