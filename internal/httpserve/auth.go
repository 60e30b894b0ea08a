package httpserve

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"io"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/crypto/bcrypt"
)

const (
	maxCost       = 15   // seconds of computing on slow machines; htpasswd's default is 5
	maxCredential = 1024 // bytes of an Authorization header
	maxCached     = 4096 // verdicts of each kind that are remembered
	maxWaiting    = 256  // requests that wait for a comparison; further ones are told to come back
)

// passwords is the contents of one version of the file, with the verdicts reached on it.
type passwords struct {
	users map[string][]byte
	order []string // names in the order of the file, for tokens
	dummy []byte   // compared for unknown names, which then take as long as known ones

	key     [32]byte
	macs    sync.Pool
	slots   chan struct{} // bounds the comparisons that run, each of which takes milliseconds
	waiting atomic.Int64

	mu       sync.RWMutex
	accepted map[digest]struct{}
	refused  map[digest]struct{}
}

type digest [sha256.Size]byte

// wholeHash is all of a bcrypt hash. Package bcrypt does not mind when the end is missing, with which no password
// matches, nor what follows it.
var wholeHash = regexp.MustCompile(`^\$2[abxy]\$[0-9]{2}\$[./A-Za-z0-9]{53}$`)

func loadPasswords(path string) (*passwords, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading passwords %s: %w", path, err)
	}
	p, err := parsePasswords(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("passwords %s: %w", path, err)
	}
	return p, nil
}

func parsePasswords(r io.Reader) (*passwords, error) {
	p := &passwords{
		users:    map[string][]byte{},
		accepted: map[digest]struct{}{},
		refused:  map[digest]struct{}{},
		slots:    make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)),
	}
	sc := bufio.NewScanner(r)
	for n := 1; sc.Scan(); n++ {
		line := bytes.TrimSpace(sc.Bytes())
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		if err := p.add(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := sc.Err(); err != nil {
		return nil, err
	}
	if len(p.order) == 0 {
		return nil, errors.New("no entry")
	}
	p.dummy = p.users[p.order[0]]
	rand.Read(p.key[:])
	p.macs.New = func() any { return hmac.New(sha256.New, p.key[:]) }
	return p, nil
}

func (p *passwords) add(line []byte) error {
	name, h, ok := bytes.Cut(line, []byte(":"))
	if !ok || len(name) == 0 {
		return errors.New("not of the form NAME:HASH")
	}
	cost, err := bcrypt.Cost(h)
	if err != nil {
		return fmt.Errorf("the hash of %q is not bcrypt (htpasswd -B)", name)
	}
	if !wholeHash.Match(h) {
		return fmt.Errorf("the hash of %q is not the 60 characters of bcrypt, but cut, damaged or followed by others", name)
	}
	if cost > maxCost {
		return fmt.Errorf("the hash of %q has cost %d, more than %d", name, cost, maxCost)
	}
	if _, dup := p.users[string(name)]; dup {
		return fmt.Errorf("second entry of %q", name)
	}
	p.users[string(name)] = bytes.Clone(h)
	p.order = append(p.order, string(name))
	return nil
}

type verdict int

const (
	refused verdict = iota
	accepted
	undecided // too many comparisons are waiting
)

// check judges the value of an Authorization header.
func (p *passwords) check(ctx context.Context, credential string) verdict {
	if credential == "" || len(credential) > maxCredential {
		return refused
	}
	d := p.digest(credential)
	if v := p.known(d); v != undecided {
		return v
	}
	defer p.waiting.Add(-1)
	if p.waiting.Add(1) > maxWaiting {
		return undecided
	}
	v := p.verify(ctx, d, credential)
	if v != undecided {
		p.remember(d, v)
	}
	return v
}

func (p *passwords) digest(credential string) (d digest) {
	m := p.macs.Get().(hash.Hash)
	m.Reset()
	io.WriteString(m, credential)
	m.Sum(d[:0])
	p.macs.Put(m)
	return d
}

func (p *passwords) known(d digest) verdict {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if _, ok := p.accepted[d]; ok {
		return accepted
	}
	if _, ok := p.refused[d]; ok {
		return refused
	}
	return undecided
}

func (p *passwords) remember(d digest, v verdict) {
	m := p.refused
	if v == accepted {
		m = p.accepted
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(m) >= maxCached {
		clear(m)
	}
	m[d] = struct{}{}
}

// verify compares a credential with the hashes that it may belong to.
func (p *passwords) verify(ctx context.Context, d digest, credential string) verdict {
	scheme, value, _ := strings.Cut(credential, " ")
	value = strings.TrimSpace(value)
	switch {
	case strings.EqualFold(scheme, "Basic"):
		plain, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return refused
		}
		name, password, ok := bytes.Cut(plain, []byte(":"))
		h, known := p.users[string(name)]
		if !known {
			h = p.dummy
		}
		v := p.compare(ctx, d, h, password)
		if v == accepted && !(known && ok) {
			return refused
		}
		return v
	case strings.EqualFold(scheme, "Bearer"):
		for _, name := range p.order {
			if v := p.compare(ctx, d, p.users[name], []byte(value)); v != refused {
				return v
			}
		}
	}
	return refused
}

// compare takes a slot for one comparison only, so that a token, which is compared with all hashes, does not keep
// the others waiting until it is done.
func (p *passwords) compare(ctx context.Context, d digest, h, password []byte) verdict {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return undecided
	}
	defer func() { <-p.slots }()
	if v := p.known(d); v != undecided { // others with the same credential waited before us
		return v
	}
	if bcrypt.CompareHashAndPassword(h, password) != nil {
		return refused
	}
	return accepted
}
