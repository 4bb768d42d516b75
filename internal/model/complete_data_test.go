package model

import "testing"

func TestNamesTellWhatIsHeld(t *testing.T) {
	for _, test := range []struct {
		kind                Kind
		name, detail        string
		personal, sensitive string
	}{
		{Tool, "get_patient_record", "", Yes, Yes},
		{Tool, "searchCustomers", "", Yes, Unknown},
		{Tool, "list_invoices", "", Unknown, Yes},
		{Tool, "send_email", "", Unknown, Unknown}, // it writes
		{Tool, "get_weather", "Tell a customer the weather", Unknown, Unknown},
		{Tool, "get_mailing_address", "", Unknown, Unknown},
		{Datastore, "hr.db", "", Yes, Unknown},
		{Knowledge, "docs", "Contracts of the last years", Unknown, Yes},
		{Agent, "patient agent", "", Unknown, Unknown},
	} {
		s := &System{Elements: []*Element{{ID: "x", Kind: test.kind, Name: test.name, Detail: test.detail}}}
		Complete(s, nil)
		var e *Element
		for _, one := range s.Elements {
			if one.ID == "x" {
				e = one
			}
		}
		if p, g := e.Fact("personal-data").Value, e.Fact("sensitive").Value; p != test.personal || g != test.sensitive {
			t.Errorf("%s %s: personal-data %s, sensitive %s; want %s, %s", test.kind, test.name, p, g, test.personal, test.sensitive)
		}
	}
	said := &System{Elements: []*Element{{ID: "x", Kind: Tool, Name: "get_patient", Facts: map[string]Fact{"personal-data": {Value: No, Origin: Declared}}}}}
	Complete(said, nil)
	for _, e := range said.Elements {
		if e.ID == "x" && e.Fact("personal-data").Value != No {
			t.Error("what a person said is overruled by a name")
		}
	}
}
