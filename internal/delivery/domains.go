package delivery

import (
	"strings"
	"sync"
	"time"
)

// How the rate to a domain adapts to its temporary refusals.
const (
	slowAfter      = 3   // refusals in a row before its rate falls, and falls again
	firstSlowRate  = 10. // mails a second, where no rate is configured
	minSlowRate    = 1.
	unlimitedRate  = 100. // from here on a domain without a configured rate has no limit again
	recoveryFactor = 1.1  // with each mail that is accepted
)

// How long a mail waits for the turn of its domain.
const (
	turnStep     = 250 * time.Millisecond // turns are rounded up to these steps, so that few claims serve many
	maxTurnDelay = 5 * time.Minute        // the longest wait: the rate may have changed by then
)

// domains limits the rate of mails to each domain: to the configured rate, or to a lower
// one while the domain answers with temporary refusals. Times are on the business clock,
// as for retries.
type domains struct {
	configured map[string]float64 // mails a second; "*" for each other domain; 0 for no limit

	mu     sync.Mutex
	byName map[string]*domain // only domains with a rate or a refusal
}

// domain is a token bucket.
type domain struct {
	configured     float64
	rate           float64 // 0 for none
	tokens         float64
	filled         time.Time
	refusals       int                     // temporary refusals in a row
	senderRefusals int                     // refusals of us as a sender, in a row
	closedUntil    time.Time               // because of senderRefusals, nothing is sent before
	probing        bool                    // one mail tests whether the domain accepts us again
	turns          [urgencyCount]time.Time // the last turn given
}

// maxDomains is the number of domains above which idle ones are forgotten.
const maxDomains = 4096

// take takes a token for one mail and returns 0, or returns how long to postpone the
// mail. Each urgency has its own turns, which reserve nothing: whoever asks first gets
// the next token, so that a letter does not wait for the turns of an issue.
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
		d.closedUntil, d.probing = now.Add(probeTime), true // by then this mail was answered
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

// get returns the domain, or nil for an unknown one without a limit.
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

// accepted records that the domain accepted a mail, and raises its rate.
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

// refused records a temporary refusal that our rate may have caused, and lowers the
// rate. A full mailbox is none.
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

// probeTime is how long other mails wait while one tests whether a domain accepts us
// again.
const probeTime = time.Minute

// senderRefused records that the domain refused us as a sender, and returns the time
// before which nothing is sent to it. Of several mails sent at once only the first counts.
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
		d.closedUntil = now.Add(RetryAfterRefusal(d.senderRefusals))
	}
	return d.closedUntil
}
