package sqlite

import (
	"slices"
	"testing"
	"time"

	"infolettre/internal/delivery"
)

// The journal that one version leaves is read by the next one: its records keep their form.
func TestJournalRecords_KeepTheirForm(t *testing.T) {
	at := time.UnixMilli(1518768000123)
	job := delivery.Job{Class: delivery.ClassDelivery, ID: 121, Claim: 2}
	outcome := delivery.Outcome{
		State: delivery.Deferred, At: at.Add(2 * time.Millisecond), Next: at.Add(time.Minute), Code: 451, Conn: 7,
		Began: at.Add(time.Millisecond), MaybeSent: true, Refused: delivery.RefusedDomain, Reply: "4.7.1 try\tlater",
	}
	want := []string{
		"L\t7\t1518768000123\t127.0.0.1:25",
		"B\tdelivery\t121\t2\t7\t1518768000124",
		"E\tdelivery\t121\t2\tdeferred\t1518768000125\t1518768060123\t451\t7\t1518768000124\t1\tdomain\t4.7.1 try\tlater",
	}
	written := [][]byte{connRecord(7, at, "127.0.0.1:25"), beginRecord(job, 7, outcome.Began), endRecord(job, outcome)}
	for i, record := range written {
		if string(record) != want[i] {
			t.Errorf("record %d is %q, want %q", i, record, want[i])
		}
	}

	conns, attempts, err := parseRecords([][]byte{[]byte(want[0]), []byte(want[1])})
	if err != nil || !slices.Equal(conns, []conn{{id: 7, at: at, peer: "127.0.0.1:25"}}) {
		t.Errorf("connections %v, %v", conns, err)
	}
	key := mail{delivery.ClassDelivery, 121}
	if begun := (attempt{mail: key, claim: 2, o: delivery.Outcome{Conn: 7, Began: outcome.Began}}); !slices.Equal(attempts, []attempt{begun}) {
		t.Errorf("attempts %+v, want %+v", attempts, begun)
	}
	_, attempts, err = parseRecords([][]byte{[]byte(want[1]), []byte(want[2])})
	if ended := (attempt{mail: key, claim: 2, ended: true, o: outcome}); err != nil || !slices.Equal(attempts, []attempt{ended}) {
		t.Errorf("attempts %+v, want %+v; %v", attempts, ended, err)
	}
}
