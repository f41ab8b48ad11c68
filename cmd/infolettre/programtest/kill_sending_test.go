package programtest

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/localmail/debian"
	"infolettre/internal/message"
)

// spread is a set of durations.
type spread []time.Duration

func (s spread) String() string {
	if len(s) == 0 {
		return "none"
	}
	slices.Sort(s)
	return fmt.Sprintf("median %v, %v to %v", s[len(s)/2].Round(time.Millisecond), s[0].Round(time.Millisecond), s[len(s)-1].Round(time.Millisecond))
}

// foundLeft matches what a daemon logs that it recovered.
var foundLeft = regexp.MustCompile(`msg="recovered after an unclean stop" settled=(\d+) not_sent=(\d+) in_doubt=(\d+)`)

// killer ends daemons at random moments of a mailing, and keeps the statistics.
type killer struct {
	*mailing
	random *rand.Rand
	flying []map[string]int // by run
	how    map[string]int
	when   map[string]int
	found  [3]int // settled, not sent, in doubt

	serving, offering, living spread // from the launch

	mails   int           // of the runs that were killed while they sent
	sending time.Duration // that they took for these
}

func newKiller(m *mailing) *killer {
	seed := rand.Uint64()
	m.t.Logf("seed %d", seed)
	return &killer{mailing: m, random: rand.New(rand.NewPCG(seed, 0)), how: map[string]int{}, when: map[string]int{}}
}

// upTo is a random duration.
func (k *killer) upTo(most time.Duration) time.Duration {
	return time.Duration(k.random.Int64N(int64(most)))
}

// read adds up what a daemon that has ended logged.
func (k *killer) read(daemon *running) {
	k.t.Helper()
	text := daemon.log.String()
	if strings.Contains(text, "level=ERROR") {
		k.t.Errorf("the daemon complains: %s", text)
	}
	if found := foundLeft.FindStringSubmatch(text); found != nil {
		for i := range k.found {
			n, _ := strconv.Atoi(found[i+1])
			k.found[i] += n
		}
	}
}

// kill runs a daemon and kills it: at a point of the n-th mail; for "after", the delay
// after that mail, but not later than as many mails again; for "start", the delay after
// the launch, but not later than the n-th mail. It also ends the run when every reader
// has been served, and the n-th mail will never come.
func (k *killer) kill(y *countingRelay, point string, n int, delay time.Duration) {
	k.t.Helper()
	var daemon *running
	ready := make(chan struct{})
	var once, opened sync.Once
	die := func() {
		once.Do(func() {
			<-ready
			daemon.cmd.Process.Kill()
			<-daemon.exited
		})
	}
	launched := time.Now()
	var offered time.Duration
	y.mind(func(at string, i int) {
		opened.Do(func() { offered = time.Since(launched) })
		switch {
		case i < n:
		case point == at, point == "start":
			die()
		case point == "after" && i == n:
			time.AfterFunc(delay, die)
		case point == "after" && i >= 2*n:
			die() // the timer is late on a machine that has other work
		}
	})
	daemon = k.start()
	close(ready)
	if point == "start" {
		time.AfterFunc(delay, die)
	}
	give, look := time.After(patience), time.NewTicker(50*time.Millisecond)
	defer look.Stop()
	for alive := true; alive; {
		select {
		case <-daemon.exited:
			alive = false
		case <-look.C:
			if served, _ := y.served(); served == k.readers {
				die()
			}
		case <-give:
			k.t.Fatalf("kill %d, %s %d: it did not come; log: %s", len(k.flying), point, n, daemon.log)
		}
	}
	die() // wait for whoever is at it
	k.living = append(k.living, time.Since(launched))
	y.mind(nil)
	offers := y.offered()
	flying := y.ended()
	k.flying = append(k.flying, flying)
	if n := sum(flying); n > connections {
		k.t.Errorf("run %d: %d mails on %d connections", len(k.flying)-1, n, connections)
	}
	k.read(daemon)
	k.how[point]++
	switch served := daemon.log.served; {
	case served.IsZero():
		k.when["starting"]++
	case offered == 0:
		k.when["creating or claiming"]++
		k.serving = append(k.serving, served.Sub(launched))
	default:
		k.when["sending"]++
		k.serving = append(k.serving, served.Sub(launched))
		k.offering = append(k.offering, offered)
		k.sending += time.Since(launched) - offered
		k.mails += offers
	}
}

// afterwards returns how long this machine has taken so far to send n mails, at most
// 30 ms.
func (k *killer) afterwards(n int) time.Duration {
	const most = 30 * time.Millisecond
	if k.mails == 0 {
		return most
	}
	return max(time.Millisecond, min(most, k.sending*time.Duration(n)/time.Duration(k.mails)))
}

func sum(whose map[string]int) (all int) {
	for _, n := range whose {
		all += n
	}
	return all
}

// The daemon is killed two hundred times while it sends one issue to twenty thousand
// readers, one in ten of them greylisted: as it starts, creates the mailing, recovers, claims,
// writes, waits for the reply, stores outcomes, retries. Each reader gets the issue, and whoever gets
// it twice was in doubt. It takes more than half a minute, because two hundred processes
// start, and each must get as far as the moment at which it is killed.
func TestServe_KilledTwoHundredTimes(t *testing.T) {
	t.Parallel()
	const readers, kills = 20_000, 200
	y := newCountingRelay(t)
	k := newKiller(newMailing(t, readers, y.addr))
	start := time.Now()
	for kill := range kills {
		// So far apart that the last kills still find something to be sent.
		served, _ := y.served()
		if served == readers {
			break
		}
		n := 1 + k.random.IntN(max(1, 2*(readers-served)/(kills-kill+10)))
		switch point := []string{"start", pointRcpt, pointData, pointData, "after", "after"}[k.random.IntN(6)]; {
		case served == 0: // later each time, until the mailing was created
			k.kill(y, "start", n, time.Duration(kill)*10*time.Millisecond+k.upTo(20*time.Millisecond))
		case point == "start":
			k.kill(y, point, n, k.upTo(2*k.offering[len(k.offering)-1]))
		default:
			k.kill(y, point, n, k.upTo(k.afterwards(n)))
		}
	}
	served, _ := y.served()
	t.Logf("%d of %d kills in %v, by plan %v, when it was %v; %d readers served", len(k.flying), kills, time.Since(start).Round(time.Second), k.how, k.when, served)
	t.Logf("from the launch to serving: %v; to the first recipient: %v; to the kill: %v", k.serving, k.offering, k.living)

	daemon := k.start()
	k.finish(daemon)
	k.read(daemon)
	y.ended()
	doubts, repeats := k.accounted(y, k.flying)
	k.balanced()
	bound := 0
	for _, flying := range k.flying {
		bound += sum(flying)
	}
	t.Logf("%d mails were on a connection when it was killed, %d counted as in doubt, %d were repeated, in %v", bound, doubts, repeats, time.Since(start).Round(time.Second))
	t.Logf("taken up after a kill: %d outcomes from the journal, %d claims, %d in doubt", k.found[0], k.found[1], k.found[2])
	if repeats > doubts || doubts > bound {
		t.Errorf("%d repeats, %d in doubt, %d on a connection", repeats, doubts, bound)
	}
	for what, n := range map[string]int{
		"repeat": repeats, "outcome in the journal alone": k.found[0], "claim that was put back": k.found[1],
		"kill of a daemon that starts": k.when["starting"], "kill of one that creates or claims": k.when["creating or claiming"],
		"retry": k.number(`SELECT count(*) FROM attempt WHERE state = 'deferred'`),
	} {
		if n == 0 {
			t.Errorf("no %s: the kills came at no moment that matters", what)
		}
	}
}

// The same with Postfix as the relay: fewer readers, killed at random times only. Postfix
// itself takes most of the time, since it syncs each mail.
func TestServe_KilledWhileSendingToPostfix(t *testing.T) {
	t.Parallel()
	const readers, kills = 2_000, 20
	relay := debian.StartPostfix(t, debian.PostfixOptions{})
	k := newKiller(newMailing(t, readers, relay.SMTP))
	start := time.Now()
	for kill := range kills {
		daemon := k.start()
		if kill < 3 {
			// At the very start.
			time.AfterFunc(k.upTo(150*time.Millisecond), func() { daemon.cmd.Process.Kill() })
			<-daemon.exited
			k.read(daemon)
			continue
		}
		sent := func() int { return k.number(`SELECT count(*) FROM delivery WHERE state = 'sent'`) }
		enough := sent()
		enough += k.random.IntN(max(1, 2*(readers-enough)/(kills-kill+3)))
		k.await(daemon, "enough mails that the store has", func() bool { return sent() > enough })
		delay := time.NewTimer(k.upTo(50 * time.Millisecond))
		select {
		case <-delay.C:
		case <-daemon.exited:
		}
		daemon.cmd.Process.Kill()
		<-daemon.exited
		k.read(daemon)
	}
	killed := time.Since(start).Round(time.Millisecond)
	left := readers - k.number(`SELECT count(*) FROM delivery WHERE state = 'sent'`)
	daemon := k.start()
	k.ended(daemon)
	k.await(daemon, "rest of Postfix", func() bool { return relay.QueueSize(t) == 0 })
	if err := daemon.stop(); err != nil {
		t.Error(err)
	}
	k.read(daemon)

	doubts, doubtful := map[string]int{}, 0
	for run, whose := range k.doubts() {
		for who, n := range whose {
			doubts[who] += n
			doubtful += n
		}
		if sum(whose) > connections {
			t.Errorf("run %d left %d mails in doubt on %d connections", run, sum(whose), connections)
		}
	}
	got, ids, repeats := map[string]int{}, map[string]string{}, 0
	for _, raw := range relay.Mails(t, "") {
		m, err := message.Read(raw)
		if err != nil {
			t.Fatal(err)
		}
		if m.Header.Get(delivery.KindField) != string(delivery.KindIssue) {
			continue
		}
		who := m.Header.Get("X-Original-To")
		if got[who]++; got[who] > 1 {
			repeats++
		}
		if ids[who] == "" {
			ids[who] = m.ID
		}
		if ids[who] != m.ID {
			t.Errorf("%s got mails under different Message-IDs: %s, %s", who, ids[who], m.ID)
		}
	}
	if len(got) != readers {
		t.Errorf("%d readers were served, not %d", len(got), readers)
	}
	for who, n := range got {
		if n > 1+doubts[who] {
			t.Errorf("%s got the issue %d times, and was in doubt %d times", who, n, doubts[who])
		}
	}
	k.balanced()
	t.Logf("%d kills in %v, %d readers left for the last run; %d counted as in doubt, %d repeated; taken up: %v", kills, killed, left, doubtful, repeats, k.found)
	if doubtful == 0 || k.found[0] == 0 || k.found[1] == 0 {
		t.Error("the kills came at no moment that matters")
	}
}
