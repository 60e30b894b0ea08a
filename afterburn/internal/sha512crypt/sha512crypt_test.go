package sha512crypt_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/nestos-dev/nestos/afterburn/internal/sha512crypt"
	"github.com/nestos-dev/nestos/internal/testutil"
)

func TestKnownAnswers(t *testing.T) {
	// The vectors of the scheme's description (glibc's sha512c-test), and one of
	// Afterburn's.
	for _, c := range []struct {
		password, salt string
		rounds         int
		want           string
	}{
		{"Hello world!", "saltstring", 0, "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"},
		{"Hello world!", "saltstringsaltstring", 10000, "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v."},
		{"This is just a test", "toolongsaltstring", 5000, "$6$rounds=5000$toolongsaltstrin$lQ8jolhgVRVhY4b5pZKaysCLi0QBxGoNeKQzQ3glMhwllF7oGDZxUhx1yxdYcz/e1JSbq3y6JMxxl8audkUEm0"},
		{"a very much longer text to encrypt.  This one even stretches over morethan one line.", "anotherlongsaltstring", 1400, "$6$rounds=1400$anotherlongsalts$POfYwTEok97VWcjxIiSOjiykti.o/pQs.wPvMxQ6Fm7I6IoYN3CmLs66x9t0oSwbtEW7o7UmJEiDwGqd8p4ur1"},
		{"we have a short salt string but not a short password", "short", 77777, "$6$rounds=77777$short$WuQyW2YR.hBNpjjRhpYD/ifIw05xdfeEyQoMxIXbkvr0gge1a1x3yRULJ5CCaUeOxFmtlcGZelFl5CxtgfiAc0"},
		{"a short string", "asaltof16chars..", 123456, "$6$rounds=123456$asaltof16chars..$BtCwjqMJGx5hrJhZywWvt0RLE8uZ4oPwcelCjmw2kSYu.Ec6ycULevoBK25fs2xXgMNrCzIMVcgEJAstJeonj1"},
		{"the minimum number is still observed", "roundstoolow", 10, "$6$rounds=1000$roundstoolow$kUMsbe306n21p9R.FRkW3IGn.S9NPN0x50YhH1xhLsPuWGsUSklZt58jaTfF4ZEQpyUNGc0dqbpBYYBaHHrsX."},
	} {
		got, err := sha512crypt.Hash(c.password, c.salt, c.rounds)
		if err != nil || got != c.want {
			t.Errorf("Hash(%q, %q, %d) = %q, %v\nwant %q", c.password, c.salt, c.rounds, got, err, c.want)
		}
	}
}

func TestNew(t *testing.T) {
	form := regexp.MustCompile(`^\$6\$rounds=10000\$[./0-9A-Za-z]{16}\$[./0-9A-Za-z]{86}$`)
	seen := map[string]bool{}
	for range 3 {
		got, err := sha512crypt.New("pässword", rand.Reader)
		if err != nil || !form.MatchString(got) || seen[got] {
			t.Errorf("New = %q, %v (again: %v)", got, err, seen[got])
		}
		seen[got] = true
	}
	got, err := sha512crypt.New("x", bytes.NewReader(make([]byte, 16)))
	if err != nil || !strings.HasPrefix(got, "$6$rounds=10000$................$") {
		t.Errorf("with zeros for random bytes: %q, %v", got, err)
	}
	failure := errors.New("no entropy")
	if _, err := sha512crypt.New("x", iotest.ErrReader(failure)); !errors.Is(err, failure) {
		t.Errorf("without random bytes: %v", err)
	}
}

func TestSaltThatBreaksTheHash(t *testing.T) {
	for _, salt := range []string{"a$b", "a:b", "a\nb", "a b", "\x00", "é"} {
		if got, err := sha512crypt.Hash("x", salt, 0); !errors.Is(err, sha512crypt.ErrSalt) {
			t.Errorf("salt %q: %q, %v", salt, got, err)
		}
	}
}

// TestAgainstOpenSSL compares hashes of random passwords of all the lengths that
// matter to the scheme with those of `openssl passwd`.
func TestAgainstOpenSSL(t *testing.T) {
	openssl := testutil.Tool(t, "openssl")
	random := mathrand.New(mathrand.NewPCG(testutil.Seed(t), 6))
	for length := 1; length < 140; length += 1 + random.IntN(6) {
		password := make([]byte, length)
		for i := range password {
			password[i] = byte(1 + random.IntN(255))
			if password[i] == '\n' {
				password[i] = 'n'
			}
		}
		salt := randomSalt(random)
		rounds := 0
		setting := salt
		if random.IntN(2) == 0 {
			rounds = random.IntN(3000)
			if rounds == 0 {
				rounds = 1
			}
			setting = fmt.Sprintf("rounds=%d$%s", rounds, salt)
		}
		cmd := exec.CommandContext(t.Context(), openssl, "passwd", "-6", "-salt", setting, "-stdin")
		cmd.Stdin = bytes.NewReader(append(password, '\n'))
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		want := strings.TrimSuffix(string(out), "\n")
		got, err := sha512crypt.Hash(string(password), salt, rounds)
		if err != nil || got != want {
			t.Errorf("Hash(%q, %q, %d) = %q, %v\nopenssl %q", password, salt, rounds, got, err, want)
		}
	}
}

func randomSalt(random *mathrand.Rand) string {
	const letters = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	salt := make([]byte, 1+random.IntN(16))
	for i := range salt {
		salt[i] = letters[random.IntN(len(letters))]
	}
	return string(salt)
}
