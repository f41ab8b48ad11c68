package main

import (
	"context"
	"errors"
	"net/url"
	"testing"

	"infolettre/internal/delivery"
	"infolettre/internal/localmail"
	"infolettre/internal/relay"

	"github.com/emersion/go-smtp"
)

// A relay that hangs up on whom it refuses is no reason for the others to wait.
func TestARelayThatHangsUpAfterARefusal(t *testing.T) {
	host, err := localmail.Start(t.Context(), localmail.Options{OnRcpt: func(_, to string) error {
		if to == "nobody@lille.example" {
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "Nobody"}
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	out, err := relay.New(relay.Options{URL: &url.URL{Scheme: "smtp", Host: host.SMTPAddr()}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := dialer{out}.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	raw := []byte("From: a@cites.example\r\nSubject: Agenda\r\n\r\nBonjour\r\n")
	attempt := func(context.Context) error { return nil }
	_, err = c.Send(t.Context(), "a@cites.example", "nobody@lille.example", raw, attempt)
	var f *delivery.Failure
	if !errors.As(err, &f) || f.Relay || f.Code != 550 {
		t.Fatalf("refused: %+v", err)
	}
	host.DropConnections()
	if _, err := c.Send(t.Context(), "a@cites.example", "nadia@lille.example", raw, attempt); err != nil || !c.Alive() {
		t.Errorf("the next mail: %v", err)
	}
	if n := len(host.Mails()); n != 1 {
		t.Errorf("%d mails arrived", n)
	}
	// Where nothing is pending, a lost line is the relay's trouble, as ever.
	host.DropConnections()
	if _, err = c.Send(t.Context(), "a@cites.example", "nadia@lille.example", raw, attempt); !errors.As(err, &f) || !f.Relay {
		t.Errorf("a lost line: %v", err)
	}
}
