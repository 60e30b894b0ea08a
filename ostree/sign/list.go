package sign

import (
	"crypto/sha1"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
)

// KeyInfo is what `ostree remote gpg-list-keys` shows of a key.
type KeyInfo struct {
	Fingerprint string    `json:"fingerprint"`
	Created     time.Time `json:"created"`
	Expires     time.Time `json:"expires,omitzero"` // zero: never
	Expired     bool      `json:"expired"`
	Revoked     bool      `json:"revoked"`
	UIDs        []UIDInfo `json:"uids"`    // the primary user ID first
	Subkeys     []KeyInfo `json:"subkeys"` // without user IDs and subkeys
}

// UIDInfo is a user ID and where updates of its key may be published.
type UIDInfo struct {
	UID         string `json:"uid"` // as the owner wrote it
	Name        string `json:"name"`
	Email       string `json:"email"`
	Revoked     bool   `json:"revoked"`
	AdvancedURL string `json:"advanced_url"` // Web Key Directory; "" without an address
	DirectURL   string `json:"direct_url"`
}

// Info describes the key at the given time; zero is the present. The ring, which may be
// nil, is where designated revokers are looked for.
func (k *Key) Info(now time.Time, ring *Keyring) KeyInfo {
	if now.IsZero() {
		now = time.Now()
	}
	st := k.state(now, ring)
	info := KeyInfo{Fingerprint: k.Fingerprint(), Created: k.primary.created, Expires: st.expires, Expired: st.expired, Revoked: st.revoked}
	for _, i := range st.order {
		if u := k.users[i]; u.packet.tag == tagUserID {
			info.UIDs = append(info.UIDs, uidInfo(string(u.packet.body), st.users[i].revoked))
		}
	}
	for i, sub := range k.subkeys {
		if s := st.subkeys[i]; s.valid {
			info.Subkeys = append(info.Subkeys, KeyInfo{
				Fingerprint: sub.key.hex(), Created: sub.key.created,
				Expires: s.expires, Expired: s.expired, Revoked: s.revoked,
			})
		}
	}
	return info
}

func uidInfo(id string, revoked bool) UIDInfo {
	info := UIDInfo{UID: id, Revoked: revoked}
	info.Name, info.Email = userParts(id)
	info.AdvancedURL, info.DirectURL = WebKeyURLs(info.Email)
	return info
}

// WebKeyURLs returns the addresses of the OpenPGP Web Key Directory under which the key
// of an e-mail address is published, by the advanced and by the direct method. Something that is
// not an address has none.
func WebKeyURLs(email string) (advanced, direct string) {
	local, domain, ok := strings.Cut(lowerASCII(email), "@")
	if !ok || local == "" || domain == "" || strings.Contains(domain, "@") {
		return "", ""
	}
	sum := sha1.Sum([]byte(local))
	tail := fmt.Sprintf("hu/%s?l=%s", zbase32(sum[:]), strings.ReplaceAll(url.QueryEscape(local), "+", "%20"))
	return "https://openpgpkey." + domain + "/.well-known/openpgpkey/" + domain + "/" + tail,
		"https://" + domain + "/.well-known/openpgpkey/" + tail
}

// zbase32 encodes bytes five bits a character in the human-oriented alphabet.
func zbase32(data []byte) string {
	const alphabet = "ybndrfg8ejkmcpqxot1uwisza345h769"
	var b strings.Builder
	var acc uint32
	bits := 0
	for _, c := range data {
		acc = acc<<8 | uint32(c)
		bits += 8
		for bits >= 5 {
			bits -= 5
			b.WriteByte(alphabet[acc>>bits&31])
		}
	}
	if bits > 0 {
		b.WriteByte(alphabet[acc<<(5-bits)&31])
	}
	return b.String()
}

// ListOptions adjusts WriteKeyList.
type ListOptions struct {
	Now      time.Time      // when expiry is judged; zero: the present
	Location *time.Location // time zone of the dates; nil: local
}

// WriteKeyList prints the keys as `ostree remote gpg-list-keys` does.
func (r *Keyring) WriteKeyList(w io.Writer, opts *ListOptions) error {
	if opts == nil {
		opts = &ListOptions{}
	}
	var b strings.Builder
	for _, k := range r.list {
		info := k.Info(opts.Now, r)
		writeKey(&b, "", "Key", &info, opts.Location)
		for _, u := range info.UIDs {
			fmt.Fprintf(&b, "  UID: %s%s\n  Advanced update URL: %s\n  Direct update URL: %s\n",
				u.UID, revokedMark(u.Revoked), u.AdvancedURL, u.DirectURL)
		}
		for _, sub := range info.Subkeys {
			writeKey(&b, "  ", "Subkey", &sub, opts.Location)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeKey(b *strings.Builder, indent, title string, info *KeyInfo, loc *time.Location) {
	fmt.Fprintf(b, "%s%s: %s%s\n", indent, title, info.Fingerprint, revokedMark(info.Revoked))
	fmt.Fprintf(b, "%s  Created: %s\n", indent, formatTime(info.Created, loc))
	if info.Expires.IsZero() {
		return
	}
	word := "Expires"
	if info.Expired && !info.Revoked { // GPGME has one state for both
		word = "Expired"
	}
	fmt.Fprintf(b, "%s  %s: %s\n", indent, word, formatTime(info.Expires, loc))
}

func revokedMark(revoked bool) string {
	if revoked {
		return " (revoked)"
	}
	return ""
}
