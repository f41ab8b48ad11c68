package intake

import (
	"context"
	"fmt"
	"time"

	"infolettre/internal/delivery"
	"infolettre/internal/editorial"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// maxReplies is how many replies of one person that decide nothing are handled at once in
// an hour: to one request, and to different requests. The rest is postponed: stored and
// handled one a minute. That stops a loop between two machines and loses no word of a
// person. Decisions do not count, because there is only so much to decide.
const (
	maxReplies   = 60
	postponeStep = time.Minute
)

// ReasonPostponed begins the reason of a reply that waits, and later of its result. Such a
// reply does not count among its sender's.
const ReasonPostponed = "put off, as its sender has answered often within an hour"

// replyCount says which replies are counted together with this one.
func (h *replyHandler) replyCount() newsroom.ReplyCount {
	return newsroom.ReplyCount{Person: h.who.Address, Request: h.q.ID, Verdict: h.who.auth.Verdict}
}

// postponeUntil returns when to handle the reply, a minute after the last postponed one; the
// zero time for now. A remark on a proof is handled at once, because a person reads it.
func (h *replyHandler) postponeUntil() (at time.Time, err error) {
	if h.mail.postponed || h.q.Purpose == token.Proof && h.reply.Verb == editorial.None {
		return at, nil
	}
	by := h.replyCount()
	mails, requests, err := h.v.Replies(by, h.now.Add(-time.Hour))
	if err != nil || mails < maxReplies && requests < maxReplies {
		return at, err
	}
	if mails < maxReplies {
		by.Request = 0
	}
	last, err := h.v.LastPostponed(by)
	if at = h.now; last.After(at) {
		at = last
	}
	return at.Add(postponeStep), err
}

// postpone stores the reply until a time. A contributor's words go to the office instead,
// because each would be a mail to all editors. The sender is told once a day.
func (h *replyHandler) postpone(verdict *Verdict, at time.Time) (newsroom.Effects, error) {
	var fx newsroom.Effects
	args := map[string]string{}
	if verdict.Kind == Correction {
		verdict.Why, verdict.Folder = "for the office to read, as its sender has answered often within an hour", FolderOther
		args["office"] = "yes"
	} else {
		verdict.Why = ReasonPostponed
		if h.who.auth.Verdict == message.AuthNone {
			verdict.Missing = MissingConfirmation // a copy that lacks less is handled by itself
		}
		fx = newsroom.Effects{newsroom.AddDue{Due: newsroom.Due{
			Key: fmt.Sprintf("reply/%d", h.message), Kind: newsroom.DueReply, Ref: h.message, At: at,
		}}}
	}
	notified, err := h.v.LettersQueued(h.who.Address, "flood", h.now.Add(-day))
	if err != nil || notified > 0 || !h.who.known() {
		return fx, err
	}
	language := h.language()
	if e, ok := h.in.service.Editor(h.who.Address); ok {
		language = h.in.service.Language(e.Language)
	}
	l := delivery.Letter{Kind: delivery.KindNotice, Topic: "flood", To: h.who.Mailbox, Language: language, Message: h.message, Created: h.now, Args: args}
	notice, err := h.in.service.QueueLetter(h.v, l)
	return append(fx, notice...), err
}

// HandlePostponed implements newsroom.Replies.
func (in *Intake) HandlePostponed(ctx context.Context, id int64) (func(v View, now time.Time) (newsroom.Effects, error), error) {
	var raw []byte
	err := in.store.Read(ctx, func(v View) (err error) {
		raw, err = v.Raw(id)
		return err
	})
	if err != nil {
		return nil, err
	}
	m, err := in.ReadAndVerify(ctx, raw)
	if err != nil {
		return nil, err
	}
	if err := in.prepareFollowup(ctx, &m); err != nil {
		return nil, err
	}
	m.postponed = true
	return func(v View, now time.Time) (newsroom.Effects, error) {
		verdict, fx, err := in.Classify(v, m, id, now)
		if err != nil {
			return nil, err
		}
		why := ReasonPostponed + "; then: " + verdict.Why
		in.Log.Info("message", "id", id, "kind", verdict.Kind, "why", why, "effects", len(fx), "authenticated", verdict.Authenticated.Why)
		return append(newsroom.Effects{newsroom.ReplyHandled{
			Message: id, From: m.Author().Address, Authenticated: verdict.Authenticated, Kind: string(verdict.Kind), Why: why,
			Missing: int(verdict.Missing), At: now,
		}}, fx...), nil
	}, nil
}
