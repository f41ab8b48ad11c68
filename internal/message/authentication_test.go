package message

import "testing"

func TestAuthentication_WeighsResultsForTheAuthor(t *testing.T) {
	t.Parallel()
	const (
		ours    = "Received: from out.cidade.example by mx1.poste.example with ESMTPS\n"
		foreign = "Received: from pc by out.cidade.example\n"
		from    = "From: Ana <ana@cidade.example>\n"
		id      = "mx.poste.example"
	)
	for _, c := range []struct {
		name, raw, id string
		want          Verdict
	}{
		{"dmarc pass", "Authentication-Results: mx.poste.example; dmarc=pass header.from=cidade.example\n" + ours + foreign + from, id, AuthPass},
		{"nobody is trusted", "Authentication-Results: mx.poste.example; dmarc=pass header.from=cidade.example\n" + ours + foreign + from, "", AuthNone},
		{"another server", "Authentication-Results: mx.autre.example; dmarc=pass header.from=cidade.example\n" + ours + from, id, AuthNone},
		{"none", ours + foreign + from, id, AuthNone},
		{"below a foreign Received", ours + foreign + "Authentication-Results: mx.poste.example; dmarc=pass\n" + from, id, AuthNone},
		{"forged beside a real one", "Authentication-Results: mx.poste.example; dkim=none\n" + ours + "Authentication-Results: mx.poste.example; dmarc=pass\n" + foreign + from, id, AuthNone},
		{"below our own Received alone", ours + "Authentication-Results: mx.poste.example; dmarc=pass\n" + foreign + from, id, AuthPass},
		{"two fields together", "Authentication-Results: mx.poste.example; dmarc=pass header.from=cidade.example\nAuthentication-Results: mx.poste.example; dkim=pass header.d=cidade.example\n" + ours + foreign + from, id, AuthPass},
		{"fail outweighs pass", "Authentication-Results: mx.poste.example; dkim=pass header.d=cidade.example\nAuthentication-Results: mx.poste.example; dmarc=fail header.from=cidade.example\n" + ours + foreign + from, id, AuthFail},
		{"fail, then pass", "Authentication-Results: mx.poste.example; dmarc=fail\nAuthentication-Results: mx.poste.example; dmarc=pass\n" + ours + foreign + from, id, AuthFail},
		{"another domain", "Authentication-Results: mx.poste.example; dmarc=pass header.from=mal.example\n" + ours + from, id, AuthFail},
		{"aligned DKIM", "Authentication-Results: mx.poste.example; dkim=pass header.d=news.cidade.example\n" + ours + foreign + from, id, AuthPass},
		{"aligned DKIM by identity", "Authentication-Results: mx.poste.example; dkim=pass header.i=@cidade.example\n" + ours + from, id, AuthPass},
		{"strange DKIM", "Authentication-Results: mx.poste.example; dkim=pass header.d=mal.example\n" + ours + foreign + from, id, AuthNone},
		{"aligned SPF", "Authentication-Results: mx.poste.example 1; spf = pass smtp.mailfrom=ana@cidade.example\n" + ours + foreign + from, id, AuthPass},
		{"strange SPF", "Authentication-Results: mx.poste.example; spf=pass smtp.mailfrom=x@mal.example\n" + ours + foreign + from, id, AuthNone},
		{"SPF fails", "Authentication-Results: mx.poste.example; spf=fail smtp.mailfrom=ana@cidade.example\n" + ours + foreign + from, id, AuthFail},
		{"same suffix, other organisation", "Authentication-Results: mx.poste.example; dkim=pass header.d=b.co.uk\n" + ours + "From: a@a.co.uk\n", id, AuthNone},
		{"forged in a comment", "Authentication-Results: mx.poste.example; spf=none (sender; dmarc=pass header.from=cidade.example)\n" + ours + from, id, AuthNone},
		{"forged in quotes", `Authentication-Results: mx.poste.example; spf=pass smtp.mailfrom="x; dmarc=pass "@mal.example` + "\n" + ours + from, id, AuthNone},
		{"unclosed comment", "Authentication-Results: mx.poste.example; dmarc=pass (\n" + ours + from, id, AuthFail},
		{"several authors", "Authentication-Results: mx.poste.example; dmarc=pass\n" + ours + "From: a@cidade.example, b@mal.example\n", id, AuthFail},
		{"two From fields", "Authentication-Results: mx.poste.example; dmarc=pass\n" + ours + "From: a@cidade.example\nFrom: b@mal.example\n", id, AuthFail},
		{"case and arc", "Authentication-Results: MX.Poste.Example; arc=none header.oldest-pass=0; dmarc=PASS (p=reject) header.from=Cidade.example\n" + ours + from, id, AuthPass},
		{"From against the grammar, DMARC names the domain", "Authentication-Results: mx.poste.example; dmarc=pass header.from=cidade.example\n" + ours + foreign + "From: Ana @ Porto <ana@cidade.example>\n", id, AuthPass},
		{"From against the grammar, DMARC read another", "Authentication-Results: mx.poste.example; dmarc=pass header.from=mal.example\n" + ours + foreign + "From: x@mal <ana@cidade.example>\n", id, AuthFail},
		{"From against the grammar, DMARC names no domain", "Authentication-Results: mx.poste.example; dmarc=pass\n" + ours + foreign + "From: x@mal <ana@cidade.example>\n", id, AuthNone},
		{"a line that is no field behind the results", ours + "Authentication-Results: mx.poste.example; dmarc=none\n; dmarc=pass header.from=cidade.example\n" + from, id, AuthNone},
		{"the same, and a failure", ours + "Authentication-Results: mx.poste.example; dmarc=fail\n; dmarc=pass header.from=cidade.example\n" + from, id, AuthFail},
		{"a folded field", ours + "Authentication-Results: mx.poste.example;\n\tdmarc=pass header.from=cidade.example\n" + from, id, AuthPass},
		{"a record of DMARC that cannot be read", "Authentication-Results: mx.poste.example; dmarc=permerror header.from=cidade.example\n" + ours + from, id, AuthNone},
		{"no domain at all", "Authentication-Results: mx.poste.example; none\n" + ours + from, id, AuthNone},
		{"our second hop", "Received: from mx1.poste.example by store.poste.example\nAuthentication-Results: mx.poste.example; dmarc=pass header.from=cidade.example\n" + ours + foreign + from, id, AuthPass},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := read(t, c.raw+"\nOUI").Authentication(c.id)
			if got.Verdict != c.want || got.Why == "" {
				t.Errorf("%v (%s), want %v", got.Verdict, got.Why, c.want)
			}
		})
	}
}
