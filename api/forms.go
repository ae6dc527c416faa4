package api

import (
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"jishi/people/actor"
	"jishi/work/procedure"
)

// forms puts what each procedure's opening asks for into the document, as a schema of its own that the field `with`
// of a filing names: a procedure that is added as a file is in the document without a line of code.
func (s *server) forms() {
	schemas := s.huma.OpenAPI().Components.Schemas.Map()
	named := map[string]any{}
	for _, p := range s.desk.Book.Procedures() {
		if _, err := s.desk.Form(actor.Program("api"), p.ID); err != nil || p.From > s.desk.Today() || p.To != "" && p.To < s.desk.Today() {
			continue
		}
		name := "Form_" + p.ID
		schemas[name] = formSchema(p)
		named[p.ID] = map[string]string{"$ref": "#/components/schemas/" + name}
	}
	if filing := schemas["Filing"]; filing != nil {
		filing.Properties["with"].Extensions = map[string]any{"x-forms": named}
	}
}

// formSchema is the opening of one procedure. Everything said in a form is text, a number and a day too.
func formSchema(p *procedure.Procedure) *huma.Schema {
	form := &huma.Schema{Type: huma.TypeObject, Title: p.Title, Description: p.En + "\n\n" + p.Cite(p.Open.Cite), Properties: map[string]*huma.Schema{}}
	for _, name := range slices.Concat(p.Open.Needs, p.Open.Asks) {
		f := p.Fields[name]
		if f.Secret || !f.Asked() || name == "class" || name == "channel" {
			continue
		}
		q := &huma.Schema{Type: huma.TypeString, Title: f.Title, Description: f.En}
		if f.Max > 0 && f.Type != "int" {
			q.MaxLength = &f.Max
		}
		if f.Type == "day" {
			q.Format = "date"
		}
		for _, id := range sorted(f.Options) {
			q.Enum = append(q.Enum, id)
		}
		form.Properties[name] = q
		if slices.Contains(p.Open.Needs, name) && name != "target" {
			form.Required = append(form.Required, name)
		}
	}
	return form
}
