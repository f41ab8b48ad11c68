package delivery

import (
	"testing"
	"time"
)

func TestConnections_FollowLimitOfRelay(t *testing.T) {
	t.Parallel()
	l := newConnections(8)
	if l.limitToOpen(start) {
		t.Error("a relay that accepts no connection counts as limited")
	}
	l.addOpen(3)
	allowed, changed := l.allows(3)
	if !allowed || !l.limitToOpen(start) {
		t.Fatal("the limit was not lowered")
	}
	select {
	case <-changed:
	default:
		t.Error("the channel is still open")
	}
	if allowed, _ := l.allows(3); allowed {
		t.Error("a fourth is allowed")
	}
	if allowed, _ := l.allows(2); !allowed {
		t.Error("a third is not allowed")
	}
	for i := range 10 {
		l.probe(start.Add(time.Duration(i+1) * probeAfter))
	}
	if allowed, _ := l.allows(7); !allowed {
		t.Error("the eighth is not tried again")
	}
	if allowed, _ := l.allows(8); allowed {
		t.Error("more are allowed than configured")
	}
	if l.limit != 8 {
		t.Errorf("%d allowed", l.limit)
	}
}
