package procedure

// A Letter is the template of a document that an action serves: what it must say, and in which words.
// Its body may name, in braces, fields of the action, and of the matter: {number} {title} {opened} {place}
// {class} {body} {today} {petitioner} {due} (the day of the clock that the action started or extended).
// {petitioner} stays in the stored text and is filled in for those who may see it: a journal keeps no names.
type Letter struct {
	ID     string   `yaml:"id"`
	Code   string   `yaml:"code"`  // N5
	Title  string   `yaml:"title"` // 处理意见书
	En     string   `yaml:"en"`
	Number string   `yaml:"number"` // 发文字号 without the issuer's own word: "信复〔{year}〕{n}号"
	Head   bool     `yaml:"head"`   // with the red head of an official document
	To     string   `yaml:"to"`     // the relation it is served on
	Needs  []string `yaml:"needs"`  // fields without which it cannot be served
	Body   []string `yaml:"body"`   // paragraphs; "一、…" at the start makes a heading
	Cite   string   `yaml:"cite"`
	Grade  Grade    `yaml:"grade"`
	Note   string   `yaml:"note"`
}
