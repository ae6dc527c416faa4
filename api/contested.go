package api

import (
	"context"

	"jishi/desk"
)

// ContestedCell is a cell with more than one value. Writing the act settle with its place, subject, element, period and, as
// base, its seq settles it.
type ContestedCell struct {
	Place   string `json:"place"`
	Subject string `json:"subject,omitempty" doc:"户或者人的编号；空的是村本身"`
	TableCell
	Others    []Saying `json:"others" doc:"和现在不一样的数值"`
	MayDecide bool     `json:"mayDecide" doc:"由您裁定：用 table-write 的 settle"`
}

type (
	contestedOutput struct{ Body []ContestedCell }
	eventInput      struct {
		Event string `path:"event" maxLength:"60" doc:"其中一个不一样的数值的 event"`
	}
	disputeOutput struct {
		Body struct {
			Label string `json:"label,omitempty" doc:"哪一户、哪个人"`
			ContestedCell
		}
	}
)

func (s *server) contested() {
	add(s, operation{id: "contested", method: "GET", path: "/api/v1/contested", tag: "table", summary: "村里和本人认为不对、由本单位核对的数；关于人的不显示数值", scope: "table",
		who: "数据来源单位的经办人和负责人。", refuses: "没有要核对的，是空的。"}, s.toDecide)
	add(s, operation{id: "contested-open", method: "POST", path: "/api/v1/contested/{event}", tag: "table", summary: "打开一个要核对的数；关于人的，先记下谁看了", scope: "table", status: 200, errors: []int{404},
		who: "裁定它的人。", refuses: "不由您裁定的，回答没有等着裁定的数值。"}, s.openDispute)
}

func contestedCell(c caller, x desk.Dispute) ContestedCell {
	return ContestedCell{x.Cell.Place, x.Cell.Subject, tableCell(c.Lang, x.Slot), each(x.Others, func(y desk.Saying) Saying { return saying(c, y) }), x.MayDecide}
}

func (s *server) toDecide(ctx context.Context, c caller, _ *struct{}) (*contestedOutput, error) {
	list, err := s.desk.ToDecide(ctx, c.Actor)
	return &contestedOutput{each(list, func(x desk.Dispute) ContestedCell { return contestedCell(c, x) })}, err
}

func (s *server) openDispute(ctx context.Context, c caller, in *eventInput) (*disputeOutput, error) {
	x, label, err := s.desk.OpenDispute(ctx, c.Actor, in.Event)
	if err != nil {
		return nil, err
	}
	out := &disputeOutput{}
	out.Body.Label, out.Body.ContestedCell = label, contestedCell(c, x)
	return out, nil
}
