// Verifies and signs notes with golang.org/x/mod/sumdb/note: a request on stdin, an answer on stdout, both JSON.
package main

import (
	"encoding/json"
	"os"

	"golang.org/x/mod/sumdb/note"
)

type request struct {
	Verify []struct{ Note, Key string }
	Sign   []struct{ Text, Key string }
	Name   string
}

type response struct {
	Texts     []string
	Notes     []string
	SignerKey string
	Key       string
}

func main() {
	var asked request
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		panic(err)
	}
	var answer response
	for _, one := range asked.Verify {
		answer.Texts = append(answer.Texts, verified(one.Note, one.Key))
	}
	for _, one := range asked.Sign {
		signer, err := note.NewSigner(one.Key)
		if err != nil {
			panic(err)
		}
		signed, err := note.Sign(&note.Note{Text: one.Text}, signer)
		if err != nil {
			panic(err)
		}
		answer.Notes = append(answer.Notes, string(signed))
	}
	signerKey, key, err := note.GenerateKey(nil, asked.Name)
	if err != nil {
		panic(err)
	}
	answer.SignerKey, answer.Key = signerKey, key
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		panic(err)
	}
}

// The text of the note; empty if it is refused.
func verified(text, key string) string {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return ""
	}
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		return ""
	}
	return opened.Text
}
