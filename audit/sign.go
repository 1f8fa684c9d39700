package audit

// Sign signs a text of a kind; a signature of one kind is none of another.
func (k Key) Sign(kind string, text []byte) string { return k.sign(kind, text) }

// Signed reports whether the signature of a text of a kind was made by the key
// whose public half, in base64, is given.
func Signed(public, kind string, text []byte, signature string) bool {
	return signed(public, kind, text, signature)
}
