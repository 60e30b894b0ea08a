package rpmtest

import (
	"cmp"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
)

// headerMagic stands before a header in a file.
const headerMagic = "\x8e\xad\xe8\x01\x00\x00\x00\x00"

// FileName returns the usual name of the package's file, name-version-release.arch.rpm.
func (s *Spec) FileName() string {
	s = s.withDefaults()
	arch := s.Arch
	if s.Source {
		arch = "src"
	}
	return fmt.Sprintf("%s-%s-%s.%s.rpm", s.Name, s.Version, s.Release, arch)
}

// TB is what [Write] needs of a test, a [testing.TB]: programs that only [Build] do not link package testing.
type TB interface {
	Helper()
	Fatal(args ...any)
}

// Write builds a package into a directory and returns the path of the file. It fails the test if the Spec is wrong.
func Write(t TB, dir string, s *Spec) string {
	t.Helper()
	data, err := Build(s)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, s.FileName())
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func (s *Spec) withDefaults() *Spec {
	c := *s
	c.Version = cmp.Or(c.Version, "1")
	c.Release = cmp.Or(c.Release, "1")
	c.Arch = cmp.Or(c.Arch, "noarch")
	c.Summary = cmp.Or(c.Summary, c.Name)
	c.License = cmp.Or(c.License, "MIT")
	c.Group = cmp.Or(c.Group, "Unspecified")
	c.BuildHost = cmp.Or(c.BuildHost, "localhost")
	c.BuildTime = cmp.Or(c.BuildTime, 1700000000)
	c.Compressor = cmp.Or(c.Compressor, "gzip")
	c.SourceRPM = cmp.Or(c.SourceRPM, fmt.Sprintf("%s-%s-%s.src.rpm", c.Name, c.Version, c.Release))
	c.Stripped = c.Stripped || c.V6
	return &c
}

// Build makes a package and returns its file.
func Build(spec *Spec) ([]byte, error) {
	s := spec.withDefaults()
	if s.Name == "" {
		return nil, errors.New("a package needs a name")
	}
	files, err := s.prepareFiles()
	if err != nil {
		return nil, err
	}
	archive, err := s.archive(files)
	if err != nil {
		return nil, err
	}
	payload, err := compress(s.Compressor, archive)
	if err != nil {
		return nil, err
	}
	var b rpm.HeaderBuilder
	if err := s.setIdentity(&b); err != nil {
		return nil, err
	}
	if err := s.setDeps(&b); err != nil {
		return nil, err
	}
	setFiles(&b, s, files)
	s.setScripts(&b)
	s.setPayload(&b, archive, payload)
	if s.Header != nil {
		s.Header(&b)
	}
	header := headerMagic + string(b.Blob(rpm.TagHeaderImmutable))
	return s.assemble(header, archive, payload), nil
}

// assemble puts the parts of the file together.
func (s *Spec) assemble(header string, archive, payload []byte) []byte {
	var b rpm.HeaderBuilder
	sha := sha256.Sum256([]byte(header))
	b.SetString(rpm.SigSHA256, hex.EncodeToString(sha[:]))
	if s.V6 {
		sum := sha3.Sum256([]byte(header))
		b.SetString(rpm.SigSHA3, hex.EncodeToString(sum[:]))
		b.SetBytes(rpm.SigReserved, make([]byte, 32))
	} else {
		sum := sha1.Sum([]byte(header))
		b.SetString(rpm.SigSHA1, hex.EncodeToString(sum[:]))
		all := md5.New()
		all.Write([]byte(header))
		all.Write(payload)
		b.SetUint32s(rpm.SigSize, uint32(len(header)+len(payload)))
		b.SetBytes(rpm.SigMD5, all.Sum(nil))
		b.SetUint32s(rpm.SigPayloadSize, uint32(len(archive)))
		b.SetBytes(rpm.SigReservedSpace, make([]byte, 32))
	}
	if s.Signature != nil {
		s.Signature(&b)
	}
	out := s.lead()
	signature := headerMagic + string(b.Blob(rpm.TagHeaderSignatures))
	out = append(out, signature...)
	out = append(out, make([]byte, (8-len(signature)%8)%8)...)
	out = append(out, header...)
	return append(out, payload...)
}

func (s *Spec) lead() []byte {
	lead := make([]byte, rpm.LeadSize)
	copy(lead, "\xed\xab\xee\xdb\x03\x00")
	if s.V6 {
		lead[4] = 4
	}
	if s.Source {
		lead[7] = 1
	}
	lead[9] = 1
	copy(lead[10:75], fmt.Sprintf("%s-%s-%s", s.Name, s.Version, s.Release))
	lead[77], lead[79] = 1, 5
	return lead
}

func (s *Spec) setIdentity(b *rpm.HeaderBuilder) error {
	b.SetStrings(rpm.TagHeaderI18NTable, append([]string{"C"}, s.Locales...)...)
	b.SetString(rpm.TagName, s.Name)
	b.SetString(rpm.TagVersion, s.Version)
	b.SetString(rpm.TagRelease, s.Release)
	if s.Epoch != "" {
		n, err := strconv.ParseUint(s.Epoch, 10, 32)
		if err != nil {
			return fmt.Errorf("epoch %q: %w", s.Epoch, err)
		}
		b.SetUint32s(rpm.TagEpoch, uint32(n))
	}
	translated := func(text string, more []string) []string {
		list := append([]string{text}, more...)
		for len(list) < 1+len(s.Locales) {
			list = append(list, "")
		}
		return list[:1+len(s.Locales)]
	}
	b.SetI18N(rpm.TagSummary, translated(s.Summary, s.SummaryIn)...)
	b.SetI18N(rpm.TagDescription, translated(s.Description, nil)...)
	b.SetI18N(rpm.TagGroup, translated(s.Group, nil)...)
	b.SetUint32s(rpm.TagBuildTime, s.BuildTime)
	b.SetString(rpm.TagBuildHost, s.BuildHost)
	b.SetString(rpm.TagLicense, s.License)
	for _, o := range []struct {
		tag  rpm.Tag
		text string
	}{{rpm.TagURL, s.URL}, {rpm.TagVendor, s.Vendor}, {rpm.TagPackager, s.Packager}, {rpm.TagModularityLabel, s.Modularity}} {
		if o.text != "" {
			b.SetString(o.tag, o.text)
		}
	}
	b.SetString(rpm.TagOS, "linux")
	b.SetString(rpm.TagArch, s.Arch)
	b.SetString(rpm.TagPlatform, s.Arch+"-linux")
	b.SetString(rpm.TagRPMVersion, "4.18.0")
	b.SetString(rpm.TagEncoding, "utf-8")
	if s.Source {
		b.SetUint32s(rpm.TagSourcePackage, 1)
	} else {
		b.SetString(rpm.TagSourceRPM, s.SourceRPM)
	}
	if s.V6 {
		b.SetUint32s(rpm.TagRPMFormat, 6)
		b.SetString(rpm.TagRPMVersion, "6.0.0")
		b.SetString(rpm.TagSourceNEVR, strings.TrimSuffix(s.SourceRPM, ".src.rpm"))
	}
	b.SetStrings(rpm.TagPrefixes, s.Prefixes...)
	s.setChangelog(b)
	return nil
}

func (s *Spec) setChangelog(b *rpm.HeaderBuilder) {
	var times []uint32
	var authors, texts []string
	for _, c := range s.Changelog {
		times, authors, texts = append(times, c.Time), append(authors, c.Author), append(texts, c.Text)
	}
	b.SetUint32s(rpm.TagChangelogTime, times...)
	b.SetStrings(rpm.TagChangelogName, authors...)
	b.SetStrings(rpm.TagChangelogText, texts...)
}

// setPayload describes the payload, whose digests the header seals.
func (s *Spec) setPayload(b *rpm.HeaderBuilder, archive, payload []byte) {
	b.SetString(rpm.TagPayloadFormat, "cpio")
	if s.Compressor != "none" {
		b.SetString(rpm.TagPayloadCompressor, s.Compressor)
		b.SetString(rpm.TagPayloadFlags, "9")
	}
	packed, plain := sha256.Sum256(payload), sha256.Sum256(archive)
	b.SetStrings(rpm.TagPayloadDigest, hex.EncodeToString(packed[:]))
	b.SetStrings(rpm.TagPayloadDigestAlt, hex.EncodeToString(plain[:]))
	b.SetUint32s(rpm.TagPayloadDigestAlgo, uint32(rpm.SHA256))
	if !s.V6 {
		return
	}
	b.SetUint64s(rpm.TagPayloadSize, uint64(len(payload)))
	b.SetUint64s(rpm.TagPayloadSizeAlt, uint64(len(archive)))
	packed512, plain512 := sha512.Sum512(payload), sha512.Sum512(archive)
	b.SetString(rpm.TagPayloadSHA512, hex.EncodeToString(packed512[:]))
	b.SetString(rpm.TagPayloadSHA512Alt, hex.EncodeToString(plain512[:]))
	packed3, plain3 := sha3.Sum256(payload), sha3.Sum256(archive)
	b.SetString(rpm.TagPayloadSHA3, hex.EncodeToString(packed3[:]))
	b.SetString(rpm.TagPayloadSHA3Alt, hex.EncodeToString(plain3[:]))
}
