package token_test

import (
	"fmt"

	"infolettre/internal/token"
)

// A request on one item goes to an editor from an address with its handle. The reply comes
// back to that address; with another number the handle is no longer valid.
func ExampleSecret_Verify() {
	secret, err := token.NewSecret([]byte("a secret of at least 32 octets, for tests"))
	if err != nil {
		fmt.Println(err)
		return
	}
	const person, revision = "elise@reseau.example", "hash of the revision"
	handle := secret.Handle(token.Decision, 7, person, revision)
	fmt.Printf("info+%s@cites.example\n", handle)
	fmt.Println("Re: Un forum", handle.Subject())

	for _, s := range []string{handle.String(), "i8" + handle.String()[2:]} {
		parsed, err := token.Parse(s)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(parsed.Number, secret.Verify(parsed, person, revision))
	}
	fmt.Println(secret.Verify(handle, person, "hash of the next revision"))
	// Output:
	// info+i7-23no5uzqz7e33y3cglzrh4r4ju@cites.example
	// Re: Un forum [IL-i7-23no5uzq]
	// 7 true
	// 8 false
	// false
}
