package delivery

import (
	"strings"
	"sync"
	"time"
)

// Bounds of what is learnt of a domain that refuses for now.
const (
	slowAfter      = 3   // after so many its mails are slowed down, and again after each so many
	firstSlowRate  = 10. // mails a second, where no rate is configured
	minSlowRate    = 1.
	unlimitedRate  = 100. // from here on a domain without a configured rate has none again
	recoveryFactor = 1.1  // by each mail that is accepted
)

// Of a mail that has to wait for its domain's turn.
const (
	turnStep     = 250 * time.Millisecond // turns are kept in such steps, so that few claims serve many
	maxTurnDelay = 5 * time.Minute        // how far ahead: the rate may be another by then
)

// domains keeps the mails to each domain within its rate: the configured one, or a
// lower one for as long as the domain answers with temporary refusals. Time is the
// business clock's, as retries are.
type domains struct {
	configured map[string]float64 // mails a second; "*" for each other domain; 0 for no limit

	mu     sync.Mutex
	byName map[string]*domain // only those with a rate, or with a refusal
}

// domain is a bucket of tokens.
type domain struct {
	configured     float64
	rate           float64 // 0 for none
	tokens         float64
	filled         time.Time
	refusals       int                     // temporary ones in a row
	senderRefusals int                     // refusals of us, in a row
	closedUntil    time.Time               // for these, nothing is sent before
	probing        bool                    // one mail is, again
	turns          [urgencyCount]time.Time // the last that was given
}

// maxDomains is above how many those that are at rest are forgotten.
const maxDomains = 4096

// take asks for the right to send one mail now. Otherwise it returns how long to
// put it off. Turns are given by urgency, and bind nobody: whoever asks when there
// is a token gets it, so that a letter does not wait for the turns of an issue.
func (ds *domains) take(name string, u Urgency, now time.Time) (wait time.Duration) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	d := ds.get(name, now)
	if d == nil {
		return 0
	}
	if d.senderRefusals > 0 {
		if wait := d.closedUntil.Sub(now); wait > 0 {
			return wait
		}
		d.closedUntil, d.probing = now.Add(probeTime), true // by then this one was answered
		return 0
	}
	if d.rate == 0 {
		return 0
	}
	if passed := now.Sub(d.filled).Seconds(); passed > 0 {
		d.tokens, d.filled = min(max(1, d.rate), d.tokens+passed*d.rate), now
	}
	if d.tokens >= 1 {
		d.tokens--
		return 0
	}
	turn := d.turns[u]
	if turn.Before(now) {
		turn = now
	}
	turn = turn.Add(time.Duration(float64(time.Second) / d.rate))
	if turn.After(now.Add(maxTurnDelay)) {
		turn = now.Add(maxTurnDelay)
	}
	d.turns[u] = turn
	return turn.Sub(now).Truncate(turnStep) + turnStep
}

// get returns nil for a domain that has no limit and is not known.
func (ds *domains) get(name string, now time.Time) *domain {
	name = strings.ToLower(name)
	d := ds.byName[name]
	if d != nil {
		return d
	}
	perSecond, ok := ds.configured[name]
	if !ok {
		perSecond = ds.configured["*"]
	}
	if perSecond == 0 {
		return nil
	}
	return ds.add(name, perSecond, now)
}

func (ds *domains) add(name string, perSecond float64, now time.Time) *domain {
	if len(ds.byName) >= maxDomains {
		for name, d := range ds.byName {
			if d.rate == d.configured && now.Sub(d.filled) > time.Minute && d.refusals+d.senderRefusals == 0 {
				delete(ds.byName, name)
			}
		}
	}
	if ds.byName == nil {
		ds.byName = map[string]*domain{}
	}
	d := &domain{configured: perSecond, rate: perSecond, tokens: max(1, perSecond), filled: now}
	ds.byName[strings.ToLower(name)] = d
	return d
}

// accepted tells of a mail that the domain took.
func (ds *domains) accepted(name string) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	if len(ds.byName) == 0 {
		return
	}
	name = strings.ToLower(name)
	d := ds.byName[name]
	if d == nil {
		return
	}
	d.refusals, d.senderRefusals = 0, 0
	if d.rate == d.configured {
		return
	}
	d.rate *= recoveryFactor
	switch {
	case d.configured > 0 && d.rate >= d.configured:
		d.rate = d.configured
	case d.configured == 0 && d.rate >= unlimitedRate:
		delete(ds.byName, name)
	}
}

// refused tells of a temporary refusal that may be due to how fast we are: not of
// one full mailbox.
func (ds *domains) refused(name string, now time.Time) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	d := ds.get(name, now)
	if d == nil {
		d = ds.add(name, 0, now)
	}
	if d.refusals++; d.refusals < slowAfter {
		return
	}
	d.refusals = 0
	if d.rate == 0 {
		d.rate, d.tokens, d.filled = firstSlowRate, 0, now
		return
	}
	d.rate = max(d.rate/2, min(d.rate, minSlowRate))
	d.tokens = min(d.tokens, 1)
}

// probeTime is how long the others wait while one mail tries whether a domain accepts
// our mail again.
const probeTime = time.Minute

// senderRefused tells of a refusal that is about us, and returns until when nothing is sent
// to the domain. Of several mails under way together only the first counts.
func (ds *domains) senderRefused(name string, now time.Time) time.Time {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	d := ds.get(name, now)
	if d == nil {
		d = ds.add(name, 0, now)
	}
	if d.senderRefusals == 0 || d.probing {
		d.senderRefusals++
		d.probing = false
		d.closedUntil = now.Add(RetryRefused(d.senderRefusals))
	}
	return d.closedUntil
}
