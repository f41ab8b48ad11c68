package delivery_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"infolettre/internal/audience"
	"infolettre/internal/delivery"
	"infolettre/internal/issue"
	"infolettre/internal/message"
	"infolettre/internal/newsroom"
	"infolettre/internal/schedule"
	"infolettre/internal/sqlite"
)

// discardRelay accepts every mail at once.
type discardRelay struct{}

func (discardRelay) Connect(context.Context) (delivery.Conn, error) { return discardRelay{}, nil }
func (discardRelay) Alive() bool                                    { return true }
func (discardRelay) Close() error                                   { return nil }
func (discardRelay) String() string                                 { return "discard" }
func (discardRelay) Send(ctx context.Context, _ string, _ message.Address, _ []byte, attempt func(context.Context) error) (string, error) {
	return "2.0.0 Ok: queued as 4F1234567", attempt(ctx)
}
func (discardRelay) RenderJob(context.Context, delivery.Job, []byte) (string, []byte, error) {
	return "a@b.example", nil, nil
}
func (discardRelay) ReturnPath(delivery.Job) string { return "" }

// BenchmarkLoop measures the sender and the ledger for each mail, without rendering and
// without the network.
func BenchmarkLoop(b *testing.B) {
	log := slog.New(slog.DiscardHandler)
	store, err := sqlite.Open(b.Context(), b.TempDir(), log)
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	if _, err := store.Ledger().Recover(b.Context(), noon); err != nil {
		b.Fatal(err)
	}
	list := make([]audience.Subscriber, b.N)
	for i := range list {
		list[i] = audience.Subscriber{Address: message.Address("p" + time.Duration(i).String() + "@x.example"), Tags: []string{"m"}, Consent: "form"}
	}
	if _, err := store.ImportPeople(b.Context(), audience.Import{People: list, Columns: []string{"email", "tags"}}, noon); err != nil {
		b.Fatal(err)
	}
	err = store.Write(b.Context(), func(newsroom.View) (newsroom.Effects, error) {
		return newsroom.Effects{newsroom.CreateMailing{
			Mailing: delivery.Mailing{ID: 1, Kind: delivery.KindIssue, Key: "k", Created: noon, Expires: noon.Add(delivery.IssueLife),
				Segments: []audience.Segment{{Any: []string{"m"}}}},
			Editions: []issue.Edition{{Language: "fr", Images: []string{}}},
		}}, nil
	})
	if err != nil {
		b.Fatal(err)
	}
	sender := delivery.NewSender(delivery.Options{
		Connections: 8, Drain: time.Second, Backoff: time.Second, Clock: schedule.NewStepped(noon), Log: log,
	}, store.Ledger(), discardRelay{}, discardRelay{})
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	b.ResetTimer()
	go func() { done <- sender.Run(ctx) }()
	if err := sender.WaitIdle(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	cancel()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
}
