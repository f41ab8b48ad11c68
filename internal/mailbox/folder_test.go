package mailbox

import "testing"

func TestLayout_NamesFoldersAsTheServer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		layout       layout
		folder, want string
	}{
		{layout{"", '/'}, "InfoLettre/Done", "InfoLettre/Done"},
		{layout{"", '.'}, "InfoLettre/Done", "InfoLettre.Done"},
		{layout{"INBOX.", '.'}, "InfoLettre/Done", "INBOX.InfoLettre.Done"},
		{layout{"INBOX.", '.'}, "INBOX/InfoLettre/Done", "INBOX.InfoLettre.Done"},
		{layout{"INBOX/", '/'}, "Done", "INBOX/Done"},
		{layout{"INBOX.", '.'}, "inbox", "INBOX"},
		{layout{"", 0}, "InfoLettre/Done", "InfoLettre-Done"},
	} {
		if got := test.layout.name(test.folder); got != test.want {
			t.Errorf("%+v: %s is %s, want %s", test.layout, test.folder, got, test.want)
		}
	}
}
