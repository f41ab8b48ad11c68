package mailbox

import "testing"

func TestFolderNames(t *testing.T) {
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

func TestBackoff(t *testing.T) {
	b := backoff{min: 8, max: 50}
	for i, most := range []int64{8, 16, 32, 50, 50} {
		if d := int64(b.next()); d < most/2 || d > most {
			t.Errorf("pause %d is %d, want between %d and %d", i, d, most/2, most)
		}
	}
	b.reset()
	if d := b.next(); d > 8 {
		t.Errorf("after a reset: %d", d)
	}
}
