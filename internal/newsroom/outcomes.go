package newsroom

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/issue"
	"infolettre/internal/item"
	"infolettre/internal/token"
)

// tellOutcome tells an item's contributor of a decision, unless they made it themselves: of
// an approval or a deferral once for an item, of a rejection once for a revision, because each
// has its own reason. The outcome of a correction of an approved item is told for its
// revision. Only a contributor who got a receipt is written to.
func (s *Service) tellOutcome(v View, it item.Item, to editorial.Status, d editorial.Decision) (Effects, error) {
	topic, key, err := s.outcomeTopic(v, it, to, d)
	if err != nil || topic == "" {
		return nil, err
	}
	return s.tellOnce(v, it, topic, key, d)
}

// outcomeTopic returns the topic of the letter on a decision and the key under which it is
// sent once; "" for no letter.
func (s *Service) outcomeTopic(v View, it item.Item, to editorial.Status, d editorial.Decision) (topic, key string, err error) {
	corrects := it.State == item.Approved && it.Approved > 0 && it.Current.Number > it.Approved
	key = fmt.Sprintf("%d", it.ID)
	revision := fmt.Sprintf("%d/%d", it.ID, it.Current.Number)
	switch {
	case d.Verb == editorial.Approve && to.Approved != d.Revision:
		return "", "", nil // no quorum yet
	case d.Verb == editorial.Approve && corrects:
		topic, key = "your-correction-approved", revision
	case d.Verb == editorial.Approve:
		topic = "your-approved"
	case corrects && to.State == item.Approved:
		topic, key = "your-correction-rejected", revision
	case d.Verb == editorial.Reject:
		topic, key = "your-rejected", revision
	case d.Verb == editorial.Defer:
		topic = "your-deferred"
	default:
		return "", "", nil
	}
	earlier, err := v.Decisions(it.ID)
	if err != nil {
		return "", "", err
	}
	if undone := len(earlier) - len(editorial.Effective(earlier)); undone > 0 {
		key += fmt.Sprintf("/again/%d", undone/2)
	}
	return topic, topic + "/" + key, nil
}

func (s *Service) tellOnce(v View, it item.Item, topic, key string, d editorial.Decision) (Effects, error) {
	if d.Editor.Equal(it.Sender.Address) {
		return nil, nil
	}
	may, err := s.mayTell(v, it, key)
	if err != nil || !may {
		return nil, err
	}
	language, err := s.senderLanguage(v, it)
	if err != nil {
		return nil, err
	}
	// The letter has a receipt's handle: an answer to it is an answer to a receipt.
	letter, err := s.Request(v, editorial.Request{
		Purpose: token.Receipt, Person: it.Sender.Address, Subjects: []editorial.Subject{subject(it)},
		Created: d.At, Expires: d.At.Add(editorial.ReceiptLife),
	}, delivery.Letter{
		Kind: delivery.KindOutcome, Topic: topic, To: it.Sender, Language: language,
		Item: int64(it.ID), Issue: it.Issue, Created: d.At, Args: map[string]string{"reason": d.Reason},
	})
	return append(Effects{NotifyOnce{Key: key, At: d.At}}, letter...), err
}

// mayTell says whether an item's contributor may be told something: they got a receipt, and
// nothing with that key was sent before.
func (s *Service) mayTell(v View, it item.Item, key string) (bool, error) {
	answered, err := v.HasReceipt(it.ID)
	if err != nil || !answered {
		return false, err
	}
	notified, err := v.Notified(key)
	return !notified, err
}

// senderLanguage returns the language in which to write to an item's contributor: their own,
// or their item's. Errors are the store's.
func (s *Service) senderLanguage(v View, it item.Item) (string, error) {
	if e, ok := s.Editor(it.Sender.Address); ok {
		return s.Language(e.Language), nil
	}
	p, listed, err := v.Person(it.Sender.Address)
	if err != nil {
		return "", err
	}
	if !listed || p.Language == "" {
		return s.Language(it.Current.Language), nil
	}
	return s.Language(p.Language), nil
}

// tellUndecidedChanges tells the editors which corrections nobody decided on before their
// issue was sent: the issue holds the revision approved before.
func (s *Service) tellUndecidedChanges(v View, id issue.ID, items []item.Item, now time.Time) (Effects, error) {
	var late []string
	for _, it := range items {
		decisions, err := v.Decisions(it.ID)
		if err != nil {
			return nil, err
		}
		if editorial.HasOpenCorrection(it, decisions) {
			late = append(late, fmt.Sprintf("%d\t%s", it.ID, strings.Join(strings.Fields(it.Current.Title), " ")))
		}
	}
	if len(late) == 0 {
		return nil, nil
	}
	return s.tellEditors(v, delivery.Letter{
		Kind: delivery.KindNotice, Topic: "unread-changes", Issue: int64(id), Created: now, Args: map[string]string{"items": strings.Join(late, "\n")},
	})
}

// tellPublished tells each contributor of an issue, in one letter, which of their items it
// holds and where to read it.
func (s *Service) tellPublished(v View, id issue.ID, items []item.Item, now time.Time) (Effects, error) {
	var fx Effects
	titles := map[string][]string{}
	var first []item.Item
	for _, it := range items {
		key := fmt.Sprintf("your-published/%d", it.ID)
		may, err := s.mayTell(v, it, key)
		if err != nil {
			return nil, err
		}
		if !may {
			continue
		}
		fx = append(fx, NotifyOnce{Key: key, At: now})
		rev, err := v.Revision(it.ID, it.Approved)
		if err != nil {
			return nil, err
		}
		who := it.Sender.Address.Key()
		if titles[who] == nil {
			first = append(first, it)
		}
		titles[who] = append(titles[who], strings.Join(strings.Fields(rev.Title), " "))
	}
	for _, it := range first {
		mine := titles[it.Sender.Address.Key()]
		language, err := s.senderLanguage(v, it)
		if err != nil {
			return nil, err
		}
		letter, err := s.QueueLetter(v, delivery.Letter{
			Kind: delivery.KindOutcome, Topic: "your-published", To: it.Sender, Language: language,
			Item: int64(it.ID), Issue: int64(id), Created: now,
			Args: map[string]string{"titles": strings.Join(mine, "\n"), "count": strconv.Itoa(len(mine))},
		})
		if err != nil {
			return nil, err
		}
		fx = append(fx, letter...)
	}
	return fx, nil
}
