package main

import (
	"errors"
	"testing"

	"infolettre/internal/delivery"
	"infolettre/internal/relay"
)

func TestDeliveryFailure_AttributesRefusals(t *testing.T) {
	for _, test := range []struct {
		stage    relay.Stage
		code     int
		enhanced string
		closed   bool
		relays   bool
		refused  delivery.Refusal
	}{
		{stage: relay.StageMail, code: 452, enhanced: "4.3.1", relays: true}, // the disk is full
		{stage: relay.StageData, code: 451, enhanced: "4.3.0", relays: true},
		{stage: relay.StageMail, code: 452, enhanced: "4.3.4"}, // this mail is too big
		{stage: relay.StageMail, code: 450, enhanced: "4.7.1"},
		{stage: relay.StageMail, code: 421, enhanced: "4.3.2", closed: true, relays: true},
		{stage: relay.StageRcpt, code: 451, enhanced: "4.3.0", refused: delivery.RefusedRecipient}, // a server further on
		{stage: relay.StageContent, code: 451, enhanced: "4.3.0", refused: delivery.RefusedContent},
	} {
		var f *delivery.Failure
		err := deliveryFailure(&relay.Error{Stage: test.stage, Code: test.code, Enhanced: test.enhanced, Temporary: true, Connection: test.closed})
		if !errors.As(err, &f) || f.Relay != test.relays || f.Refused != test.refused || !f.Temporary {
			t.Errorf("%s %d %s: %+v", test.stage, test.code, test.enhanced, f)
		}
	}
}
