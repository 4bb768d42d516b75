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
		{Knowledge, "docs", "Contracts of the last years", Unknown, Unknown}, // they may be smart ones
		{Knowledge, "docs", "Contracts with our customers", Yes, Yes},
		// Each ambiguous word alone, as something else, and beside one that says whose it is.
		{Tool, "get_resume_token", "", Unknown, Unknown},
		{Tool, "read_candidate_resume", "", Yes, Unknown},
		{Datastore, "resume user jobs", "", Unknown, Unknown}, // a verb
		{Tool, "get_cpu_profile", "", Unknown, Unknown},
		{Tool, "getUserProfile", "", Yes, Unknown},
		{Tool, "list_profiles", "", Unknown, Unknown},
		{Datastore, "member_profiles", "", Yes, Unknown},
		{Tool, "fetch_contract_abi", "", Unknown, Unknown},
		{Tool, "search_supplier_contracts", "", Unknown, Yes},
		{Tool, "find_record", "", Unknown, Unknown},
		{Tool, "find_student_records", "", Yes, Unknown},
		{Tool, "get_address", "", Unknown, Unknown},
		{Datastore, "client addresses", "", Yes, Unknown},
		{Tool, "list_contacts", "", Unknown, Unknown},
		{Datastore, "contacts of users", "", Yes, Unknown},
		{Tool, "get_contact_phone", "", Yes, Unknown},
		{Tool, "get_transaction", "", Unknown, Unknown},
		{Tool, "get_bank_transactions", "", Unknown, Yes},
		{Tool, "read_internal_state", "", Unknown, Unknown},
		{Knowledge, "internal_policies", "", Unknown, Yes},
		{Datastore, "data/user_profile.py", "", Unknown, Unknown}, // the name of a file
		{Datastore, "resume.pdf", "", Unknown, Unknown},
		{Datastore, "patients.csv", "", Yes, Yes},
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
