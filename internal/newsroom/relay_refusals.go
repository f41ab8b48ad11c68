package newsroom

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"infolettre/internal/delivery"
)

// RelayRefusal says that the relay refuses our account, or a domain our mail, for reasons on
// our side: quota, rate, reputation, policy. The mail that waits for it is not given up.
type RelayRefusal struct {
	Domain  string    // whose mail waits; "" for all mail
	Since   time.Time // the first refusal since a mail was last accepted
	Counted time.Time // from when on delivery.RefusalLife counts: since the last pause
	Last    time.Time
	Next    time.Time // when the next mail is tried
	Trying  bool      // a mail is being tried
	Tries   int       // refusals in a row
	Code    int       // of the last
	Reply   string
}

// tellAfterRefusals is after how many refusals by one domain the operator is told. One or two
// are a rate limit.
const tellAfterRefusals = 4

// HandleRelayRefusal tells the operator that we are refused, at most once a day. The letter
// is queued like all others and so leaves with the first mail that is accepted. It pauses
// the given mailings, which have waited too long.
func (s *Service) HandleRelayRefusal(v View, refusal RelayRefusal, mailings []delivery.MailingID, now time.Time) (Effects, error) {
	args := map[string]string{"at": fmt.Sprint(refusal.Since.Unix()), "reply": replyLine(refusal), "domain": refusal.Domain}
	if len(mailings) > 0 {
		return s.pauseRefused(v, mailings, args, now)
	}
	if refusal.Domain == "" && refusal.Tries != 1 || refusal.Domain != "" && refusal.Tries != tellAfterRefusals {
		return nil, nil
	}
	key := "refused/" + now.In(s.Location).Format(time.DateOnly)
	notified, err := v.Notified(key)
	if err != nil || notified {
		return nil, err
	}
	letter, err := s.TellOperator(v, "refused", now, args)
	return append(Effects{NotifyOnce{Key: key, At: now}}, letter...), err
}

// NotifyOperatorDaily tells the operator of a trouble of the program or the machine, at most
// once a day for each topic. notified reports whether it does so now.
func (s *Service) NotifyOperatorDaily(v View, topic string, args map[string]string, now time.Time) (fx Effects, notified bool, err error) {
	key := s.OperatorDailyKey(topic, now)
	if already, err := v.Notified(key); err != nil || already {
		return nil, false, err
	}
	letter, err := s.TellOperator(v, topic, now, args)
	return append(Effects{NotifyOnce{Key: key, At: now}}, letter...), err == nil, err
}

// OperatorDailyKey returns the key of NotifyOperatorDaily for a topic and a day.
func (s *Service) OperatorDailyKey(topic string, now time.Time) string {
	return topic + "/" + now.In(s.Location).Format(time.DateOnly)
}

func (s *Service) pauseRefused(v View, mailings []delivery.MailingID, args map[string]string, now time.Time) (Effects, error) {
	var fx Effects
	for _, id := range mailings {
		paused, err := s.PauseMailing(v, id, now)
		if err != nil {
			return nil, err
		}
		args := maps.Clone(args)
		args["mailing"] = fmt.Sprint(id)
		notice, err := s.TellOperator(v, "refused-paused", now, args)
		if err != nil {
			return nil, err
		}
		fx = append(append(fx, paused...), notice...)
	}
	return fx, nil
}

// maxReplyLine is how many characters of a server's reply a letter quotes.
const maxReplyLine = 300

// replyLine returns the server's reply on one line.
func replyLine(refusal RelayRefusal) string {
	return OneLine(strings.TrimPrefix(refusal.Reply, "relay: "))
}

// OneLine returns a server's reply on one line, shortened for a letter.
func OneLine(words string) string {
	line := []rune(strings.Join(strings.Fields(words), " "))
	if len(line) > maxReplyLine {
		line = append(line[:maxReplyLine], '…')
	}
	return string(line)
}
