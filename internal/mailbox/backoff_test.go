package mailbox

import "testing"

func TestBackoff_DoublesAndResets(t *testing.T) {
	t.Parallel()
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
