package roster

import (
	"fmt"

	"github.com/xuri/excelize/v2"

	"jishi/people/actor"
	"jishi/people/org"
)

// examples are the rows below the template's header; whoever fills it writes over them.
var examples = [][]any{
	{"崇阳县信访局", "信访部门", "421223000000", "崇阳县人民政府", "", "李四", "lisi", "科员", "经办、登记", "2026-01-01", ""},
	{"天城镇人民政府", "街道乡镇", "421223100000", "崇阳县人民政府", "崇阳县人民政府", "王五", "wangwu", "镇长", "负责人", "2026-01-01", "2030-12-31"},
}

// Template is an XLSX with the header, two examples, and lists to choose kinds and powers from. Codes and
// days are text, so that a spreadsheet does not change them.
func Template() ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close()
	const sheet = "机构人员"
	if err := f.SetSheetName("Sheet1", sheet); err != nil {
		return nil, fmt.Errorf("roster: template: %w", err)
	}
	header := make([]any, len(columns))
	for i, c := range columns {
		header[i] = c.zh
	}
	for i, row := range append([][]any{header}, examples...) {
		if err := f.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &row); err != nil {
			return nil, fmt.Errorf("roster: template: %w", err)
		}
	}
	if err := dress(f, sheet); err != nil {
		return nil, fmt.Errorf("roster: template: %w", err)
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		return nil, fmt.Errorf("roster: template: %w", err)
	}
	return b.Bytes(), nil
}

func dress(f *excelize.File, sheet string) error {
	text, err := f.NewStyle(&excelize.Style{NumFmt: 49}) // 49 is "text"
	if err != nil {
		return err
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, NumFmt: 49})
	if err != nil {
		return err
	}
	if err := f.SetColStyle(sheet, "A:K", text); err != nil {
		return err
	}
	if err := f.SetCellStyle(sheet, "A1", "K1", bold); err != nil {
		return err
	}
	if err := f.SetColWidth(sheet, "A", "K", 18); err != nil {
		return err
	}
	var kinds, powers []string
	for _, k := range org.KindTitles {
		kinds = append(kinds, k.Title)
	}
	for _, p := range actor.PowerTitles {
		powers = append(powers, p.Title)
	}
	return choose(f, sheet, map[string][]string{"B2:B20000": kinds, "I2:I20000": powers})
}

// choose offers lists; several powers are typed, so the list only helps and does not bind.
func choose(f *excelize.File, sheet string, lists map[string][]string) error {
	for cells, list := range lists {
		v := excelize.NewDataValidation(true)
		v.Sqref = cells
		v.ShowErrorMessage = false
		if err := v.SetDropList(list); err != nil {
			return err
		}
		if err := f.AddDataValidation(sheet, v); err != nil {
			return err
		}
	}
	return f.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}
