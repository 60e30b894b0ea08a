package afterburn

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/afterburn/internal/drive"
	"github.com/nestos-dev/nestos/afterburn/netconf"
)

// The labels that drives are known by, and what is on them.
const (
	labelConfig = "config-2"
	labelSeed   = "cidata"

	iso9660 = "iso9660"
	vfat    = "vfat"
)

// The sizes in bytes up to which documents are read. Those that carry programs and files of the user may be larger.
const (
	documentLimit = 1 << 20
	bundleLimit   = 4 << 20
)

// OpenStack's documents on a drive.
const (
	metaDataJSON    = "openstack/latest/meta_data.json"
	networkDataJSON = "openstack/latest/network_data.json"
)

var errNotUTF8 = errors.New("stream did not contain valid UTF-8")

// configDrive is a drive with documents, which providers embed.
type configDrive struct {
	drive.Drive
	env *env
}

// Close implements [Provider].
func (d configDrive) Close() error { return errors.Join(d.Drive.Close(), d.env.Close()) }

// read reads a document that must be there.
func (d configDrive) read(name string, limit int64) ([]byte, error) {
	data, err := d.ReadFile(name, limit)
	if err != nil {
		return nil, fmt.Errorf("failed to open file '%q': %w", name, err)
	}
	return data, nil
}

// readOptional reads a document that may be absent; ok is false then.
func (d configDrive) readOptional(name string, limit int64) (data []byte, ok bool, err error) {
	data, err = d.read(name, limit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	return data, err == nil, err
}

// readText reads a document that must be there and be text.
func (d configDrive) readText(name string, limit int64) (string, error) {
	data, err := d.read(name, limit)
	if err != nil {
		return "", err
	}
	if !utf8.Valid(data) {
		return "", fmt.Errorf("failed to read from file '%q': %w", name, errNotUTF8)
	}
	return string(data), nil
}

// server is what OpenStack's description of a server tells on the drives of IBM's clouds.
type server struct {
	name, uuid string
	keys       []string // in the order of their names
}

// readServer reads the description of a server. The members that are not used must be there too, as the cloud promises
// them: a document without is damaged, or not this one.
func (d configDrive) readServer(keysRequired bool) (server, error) {
	data, err := d.read(metaDataJSON, documentLimit)
	if err != nil {
		return server{}, err
	}
	s, err := parseServer(data, keysRequired)
	if err != nil {
		return server{}, fmt.Errorf("failed to parse JSON metadata: %w", err)
	}
	return s, nil
}

func parseServer(data []byte, keysRequired bool) (server, error) {
	o := parseObject(data)
	_ = o.text("hostname")
	s := server{name: o.text("name"), uuid: o.text("uuid")}
	if keysRequired {
		o.object("public_keys")
	}
	s.keys = o.values("public_keys")
	return s, o.err()
}

// values returns the values of a member that is an object of texts, in the order of their names; none if it is absent
// or null.
func (o object) values(name string) []string {
	if !o.has(name) {
		return nil
	}
	in := o.object(name)
	texts := make([]string, 0, len(in.members))
	for _, key := range slices.Sorted(maps.Keys(in.members)) {
		text, err := parseText(in.members[key])
		if err != nil {
			o.fail(name, err)
		}
		texts = append(texts, text)
	}
	return texts
}

// attributes returns the two attributes of a server, which must not be empty.
func (s server) attributes(prefix string) (Attributes, error) {
	if s.uuid == "" {
		return nil, errors.New("empty instance ID")
	}
	if s.name == "" {
		return nil, errors.New("empty local hostname")
	}
	return Attributes{{prefix + "INSTANCE_ID", s.uuid}, {prefix + "LOCAL_HOSTNAME", s.name}}, nil
}

// noDrive is the provider where there is no drive and a machine may do without: it knows nothing.
type noDrive struct{ *env }

// network is what a drive tells about the network. A document whose values make no sense is the error of those who ask
// for the network alone.
type network struct {
	cfg *netconf.Config
	err error
}

func (n network) get() (*netconf.Config, error) { return n.cfg, n.err }

// undecoded returns the error if it is one of the document itself, which makes the drive one that cannot be read.
func (n network) undecoded() error {
	if errors.Is(n.err, netconf.ErrDecode) {
		return n.err
	}
	return nil
}

// abandon closes a drive whose documents are of no use.
func (e *env) abandon(d drive.Drive) {
	if err := d.Close(); err != nil {
		e.log.Error(fmt.Sprintf("failed to cleanup config-drive: %v", err))
	}
}
