// Package org knows the bodies of government, who is beneath whom, and who is above whom for which purpose.
//
// A body has one administrative parent (the tree by which a report against a body also covers everything
// beneath it) and, apart from that, the bodies that may review what it decided (条例 第三十五条: 原办理机关的上一级).
// The two are often the same and sometimes not, so both are kept.
package org

import (
	"slices"

	"jishi/base/calendar"
)

// Kind is what a body is. The list is closed: rules and pages choose by it.
type Kind string

const (
	PartyCommittee  Kind = "party-committee"  // 党委
	Government      Kind = "government"       // 人民政府
	Department      Kind = "department"       // 政府工作部门
	PetitionBureau  Kind = "petition-bureau"  // 信访局
	SocialWork      Kind = "social-work"      // 社会工作部
	Discipline      Kind = "discipline"       // 纪检监察机关
	Police          Kind = "police"           // 公安机关
	Procuratorate   Kind = "procuratorate"    // 人民检察院
	Court           Kind = "court"            // 人民法院
	Personnel       Kind = "personnel"        // 组织人事部门
	JointConference Kind = "joint-conference" // 信访工作联席会议
	StreetTownship  Kind = "street-township"  // 街道办事处、乡镇人民政府
	Village         Kind = "village"          // 村（居）民委员会
	Hotline         Kind = "hotline"          // 12345热线服务工作机构
	Mediation       Kind = "mediation"        // 人民调解委员会
	PublicService   Kind = "public-service"   // 承担公共服务职能的企事业单位
	Other           Kind = "other"
)

// KindTitles are the Chinese names of the kinds, in the order in which lists show them.
var KindTitles = []struct {
	Kind  Kind
	Title string
}{
	{PartyCommittee, "党委"}, {Government, "人民政府"}, {Department, "政府部门"}, {PetitionBureau, "信访部门"},
	{SocialWork, "社会工作部门"}, {Discipline, "纪检监察机关"}, {Police, "公安机关"}, {Procuratorate, "人民检察院"},
	{Court, "人民法院"}, {Personnel, "组织人事部门"}, {JointConference, "信访工作联席会议"},
	{StreetTownship, "街道乡镇"}, {Village, "村（社区）"},
	{Hotline, "热线工作机构"}, {Mediation, "人民调解委员会"}, {PublicService, "公共服务单位"}, {Other, "其他单位"},
}

// Title is the kind in Chinese, "" when there is no such kind.
func (k Kind) Title() string {
	for _, t := range KindTitles {
		if t.Kind == k {
			return t.Title
		}
	}
	return ""
}

// Valid reports whether k is one of the kinds.
func (k Kind) Valid() bool { return k.Title() != "" }

// Level is the floor of the state on which a body stands.
type Level string

const (
	National Level = "national"
	Province Level = "province"
	City     Level = "city"
	County   Level = "county"
	Township Level = "township"
	Hamlet   Level = "village" // 村、社区
)

var levels = []Level{National, Province, City, County, Township, Hamlet}

// Valid reports whether l is one of the levels.
func (l Level) Valid() bool { return slices.Contains(levels, l) }

// Up is the level above, "" above the national one.
func (l Level) Up() Level {
	if i := slices.Index(levels, l); i > 0 {
		return levels[i-1]
	}
	return ""
}

// Org is one body. The zero To means that it still stands.
type Org struct {
	ID       string // stable; never reused for another body
	Name     string // 全称
	Short    string // 简称, as lists show it; Name when empty
	En       string // English name, for readers of the English pages
	Kind     Kind
	Line     string // 条线: bodies of one line at different levels guide each other ("住建"); "" when none
	Division string // 12-digit code of the place it serves
	Level    Level
	Parent   string // administrative superior's ID, "" at the top

	// SuperiorsForReview are the bodies that may review its decisions, first choice first. When empty,
	// Tree.ReviewSuperior derives them.
	SuperiorsForReview []string

	From, To calendar.Day // first and last day on which it stands
}

// Label is the short name, or the full one where no short one was given.
func (o Org) Label() string {
	if o.Short != "" {
		return o.Short
	}
	return o.Name
}

// On reports whether the body stands on the day.
func (o Org) On(day calendar.Day) bool {
	return o.From <= day && (o.To == "" || day <= o.To)
}
