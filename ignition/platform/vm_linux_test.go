package platform_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/ignition/platform"
	"github.com/nestos-dev/nestos/ignition/platform/internal/guestprop"
)

// propertyHost plays VirtualBox's service.
type propertyHost struct {
	props   map[string]string
	deleted []string
	refuse  bool
}

func (h *propertyHost) Close() error { return nil }

func (h *propertyHost) Ioctl(request uint32, message []byte, pointers ...guestprop.Pointer) error {
	if request&0xff != 7 {
		return nil
	}
	status := int32(0)
	name := strings.TrimSuffix(string(pointers[0].Buffer), "\x00")
	value, ok := h.props[name]
	switch function := binary.LittleEndian.Uint32(message[28:]); {
	case function == 4 && h.refuse:
		status = -10
	case function == 4:
		h.deleted = append(h.deleted, name)
	case !ok:
		status = -78
	default:
		stored := value + "\x00\x00"
		binary.LittleEndian.PutUint32(message[40+3*16+4:], uint32(len(stored)))
		if copy(pointers[1].Buffer, stored) < len(stored) {
			status = -41
		}
	}
	binary.LittleEndian.PutUint32(message[12:], uint32(status))
	return nil
}

func TestVirtualBox(t *testing.T) {
	virtualBox := func(t *testing.T, h *propertyHost) *machine {
		m := newMachine(t)
		m.seams(platform.Seams{Properties: func(device string) (guestprop.Device, error) {
			require.Equal(t, m.root+"/dev/vboxguest", device)
			return h, nil
		}})
		return m
	}
	m := virtualBox(t, &propertyHost{props: map[string]string{"/Ignition/Config": config}})
	require.Equal(t, config, m.config("virtualbox"))
	m = virtualBox(t, &propertyHost{props: map[string]string{"/Ignition/Config": config, "/Ignition/Config/Encoding": ""}})
	require.Equal(t, config, m.config("virtualbox"))
	m = virtualBox(t, &propertyHost{})
	require.Empty(t, m.config("virtualbox"))
	require.Contains(t, m.log(), `INFO VirtualBox guest property "/Ignition/Config" does not exist; assuming no config`)
	m = virtualBox(t, &propertyHost{props: map[string]string{"/Ignition/Config": "e30K", "/Ignition/Config/Encoding": "base64"}})
	_, err := m.fetch("virtualbox")
	require.EqualError(t, err, `unsupported "/Ignition/Config/Encoding" value "base64"`)

	h := &propertyHost{}
	require.NoError(t, platform.DeleteConfig(t.Context(), "virtualbox", virtualBox(t, h).opt))
	require.Equal(t, []string{"/Ignition/Config/Encoding", "/Ignition/Config"}, h.deleted)
	err = platform.DeleteConfig(t.Context(), "virtualbox", virtualBox(t, &propertyHost{refuse: true}).opt)
	require.EqualError(t, err, `deleting VirtualBox guest property "/Ignition/Config/Encoding": permission denied; is the property read-only?`)

	_, err = newMachine(t).fetch("virtualbox")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorIs(t, platform.DeleteConfig(t.Context(), "virtualbox", newMachine(t).opt), fs.ErrNotExist)
}

// vmwareHost plays VMware's variables.
type vmwareHost struct {
	vars   map[string]string
	sets   []string
	broken map[string]bool // commands that fail
}

func (h *vmwareHost) rpc(command string) (string, bool, error) {
	verb, rest, _ := strings.Cut(command, " ")
	name, value, _ := strings.Cut(rest, " ")
	name = strings.TrimPrefix(name, "guestinfo.")
	switch {
	case h.broken[verb+" "+name]:
		return "", false, errors.New("channel is closed")
	case verb == "info-set":
		h.sets = append(h.sets, name+" := "+value)
		h.vars[name] = value
		return "", true, nil
	}
	value, ok := h.vars[name]
	if !ok {
		return "No value found", false, nil
	}
	return value, true, nil
}

func vmware(t *testing.T, h *vmwareHost) *machine {
	m := newMachine(t)
	m.seams(platform.Seams{Arch: "amd64", VMware: func() (bool, error) { return true, nil }, RPC: h.rpc})
	return m
}

const (
	ovfHead = `<Environment xmlns="http://schemas.dmtf.org/ovf/environment/1" xmlns:oe="http://schemas.dmtf.org/ovf/environment/1"><PropertySection>`
	ovfTail = `</PropertySection></Environment>`
	ovfData = `<Property oe:key="guestinfo.ignition.config.data" oe:value="b3Zm"/>`
	ovfEnc  = `<Property oe:key="guestinfo.ignition.config.data.encoding" oe:value="base64"/>`
)

func TestVMware(t *testing.T) {
	packed := base64.StdEncoding.EncodeToString(gzipped(t, config))
	const data, encoding, environment = "ignition.config.data", "ignition.config.data.encoding", "ovfenv"
	for name, c := range map[string]struct {
		vars map[string]string
		want string
	}{
		"plain":                       {map[string]string{data: config}, config},
		"gz+base64":                   {map[string]string{data: packed, encoding: "gz+base64"}, config},
		"nothing":                     {nil, ""},
		"OVF":                         {map[string]string{environment: ovfHead + ovfData + ovfEnc + ovfTail}, "ovf"},
		"variables win":               {map[string]string{environment: ovfHead + ovfData + ovfEnc + ovfTail, data: "e30K"}, "{}\n"},
		"each by itself":              {map[string]string{environment: ovfHead + ovfData + ovfTail, encoding: "b64"}, "ovf"},
		"damaged OVF does not matter": {map[string]string{environment: "<", data: config}, config},
		"OVF about others":            {map[string]string{environment: ovfHead + ovfTail}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, vmware(t, &vmwareHost{vars: c.vars}).config("vmware"))
		})
	}
	for name, c := range map[string]struct {
		host vmwareHost
		want string
	}{
		"damaged OVF may have a config": {vmwareHost{vars: map[string]string{environment: "<"}}, "parsing OVF environment: "},
		"unread OVF may have a config":  {vmwareHost{broken: map[string]bool{"info-get ovfenv": true}}, "reading OVF environment: channel is closed"},
		"data":                          {vmwareHost{broken: map[string]bool{"info-get " + data: true}}, "channel is closed"},
		"encoding":                      {vmwareHost{broken: map[string]bool{"info-get " + encoding: true}}, "channel is closed"},
		"unknown encoding":              {vmwareHost{vars: map[string]string{data: "x", encoding: "rot13"}}, `unsupported encoding "rot13"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := vmware(t, &c.host).fetch("vmware")
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestVMwareElsewhere(t *testing.T) {
	m := newMachine(t)
	m.seams(platform.Seams{Arch: "arm64"})
	_, err := m.fetch("vmware")
	require.EqualError(t, err, "vmware provider is not supported on this architecture")
	require.EqualError(t, platform.DeleteConfig(t.Context(), "vmware", m.opt), "vmware provider is not supported on this architecture")
	m.seams(platform.Seams{Arch: "amd64", VMware: func() (bool, error) { return false, nil }})
	_, err = m.fetch("vmware")
	require.ErrorIs(t, err, platform.ErrNoProvider)
	require.ErrorIs(t, platform.DeleteConfig(t.Context(), "vmware", m.opt), platform.ErrNoProvider)
}

func TestVMwareDelete(t *testing.T) {
	const data, encoding, environment = "ignition.config.data", "ignition.config.data.encoding", "ovfenv"
	const setData, setEncoding = data + " := e30K", encoding + " := base64"
	other := `<Property oe:key="other" oe:value="x"/>`
	for name, c := range map[string]struct {
		vars map[string]string
		sets []string
	}{
		"nothing":          {map[string]string{}, nil},
		"plain":            {map[string]string{data: config}, []string{setData, setEncoding}},
		"gzip":             {map[string]string{data: "x", encoding: "gz"}, []string{setData, setEncoding}},
		"base64":           {map[string]string{data: "x", encoding: "base64"}, []string{setData}},
		"deleted":          {map[string]string{data: "e30K", encoding: "base64"}, nil},
		"OVF":              {map[string]string{environment: ovfHead + ovfData + other + ovfEnc + ovfTail}, []string{"ovfenv := " + ovfHead + other + ovfTail}},
		"OVF about others": {map[string]string{environment: ovfHead + other + ovfTail}, nil},
		"all": {map[string]string{data: "x", encoding: "b64", environment: ovfHead + ovfData + ovfTail},
			[]string{setData, setEncoding, "ovfenv := " + ovfHead + ovfTail}},
	} {
		t.Run(name, func(t *testing.T) {
			h := &vmwareHost{vars: c.vars}
			require.NoError(t, platform.DeleteConfig(t.Context(), "vmware", vmware(t, h).opt))
			require.Equal(t, c.sets, h.sets)
			h.sets = nil
			require.NoError(t, platform.DeleteConfig(t.Context(), "vmware", vmware(t, h).opt))
			require.Empty(t, h.sets, "a second time there is nothing to do")
		})
	}
	for command, want := range map[string]string{
		"info-get " + data: "getting config property: ", "info-set " + data: "replacing config: ",
		"info-get " + encoding: "getting config encoding property: ", "info-set " + encoding: "replacing config encoding: ",
		"info-get ovfenv": "reading OVF environment: ", "info-set ovfenv": "replacing OVF environment: ",
	} {
		h := &vmwareHost{vars: map[string]string{data: "x", environment: ovfHead + ovfData + ovfTail}, broken: map[string]bool{command: true}}
		require.ErrorContains(t, platform.DeleteConfig(t.Context(), "vmware", vmware(t, h).opt), want)
	}
	h := &vmwareHost{vars: map[string]string{environment: "<"}}
	require.ErrorContains(t, platform.DeleteConfig(t.Context(), "vmware", vmware(t, h).opt), "deleting OVF properties: ")
}

// hyperV attaches a host with pairs, given as pool, key, value.
func hyperV(t *testing.T, pairs ...[3]string) *machine {
	m := newMachine(t)
	m.programs["modprobe"] = succeed
	m.seams(platform.Seams{Pairs: func(device string) (*os.File, error) {
		require.Equal(t, m.root+"/dev/vmbus/hv_kvp", device)
		fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET, 0)
		require.NoError(t, err)
		host := os.NewFile(uintptr(fds[1]), "host")
		t.Cleanup(func() { host.Close() })
		go func() {
			message := make([]byte, 7432)
			host.Read(message)
			for _, pair := range pairs {
				clear(message)
				message[0], message[1] = 1, pair[0][0]-'0'
				binary.LittleEndian.PutUint32(message[8:], uint32(copy(message[16:], pair[1])+1))
				binary.LittleEndian.PutUint32(message[12:], uint32(copy(message[528:], pair[2])+1))
				host.Write(message)
				host.Read(message)
			}
		}()
		return os.NewFile(uintptr(fds[0]), "guest"), nil
	}})
	return m
}

func TestHyperV(t *testing.T) {
	half := len(config) / 2
	for name, c := range map[string]struct {
		pairs [][3]string
		want  string
	}{
		"one":               {[][3]string{{"0", "ignition.config", config}, {"0", "ignition.config.0", "x"}, {"2", "a", "b"}}, config},
		"split":             {[][3]string{{"0", "ignition.config.1", config[half:]}, {"0", "ignition.config.0", config[:half]}}, config},
		"empty, then split": {[][3]string{{"0", "ignition.config", ""}, {"0", "ignition.config.0", config}}, config},
		"other pool":        {[][3]string{{"1", "ignition.config", config}}, ""},
		"nothing":           {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := hyperV(t, c.pairs...)
			r, err := m.fetch("hyperv")
			require.NoError(t, err)
			require.Equal(t, c.want, string(r.Raw))
			require.Equal(t, []string{"modprobe hv_utils"}, m.commands())
			require.Len(t, r.OutputFiles, 5)
			for n, f := range r.OutputFiles {
				require.Equal(t, "/var/lib/hyperv/.kvp_pool_"+string(rune('0'+n)), f.Path)
				require.Equal(t, 0o600, *f.Mode)
				require.True(t, *f.Overwrite)
				want := ""
				for _, pair := range c.pairs {
					if pair[0] == string(rune('0'+n)) {
						want += pair[1] + strings.Repeat("\x00", 512-len(pair[1])) + pair[2] + strings.Repeat("\x00", 2048-len(pair[2]))
					}
				}
				if want == "" {
					require.Equal(t, "data:,", *f.Contents.Source)
					continue
				}
				raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(*f.Contents.Source, "data:;base64,"))
				require.NoError(t, err)
				require.Equal(t, want, string(raw))
			}
		})
	}
	m := hyperV(t)
	delete(m.programs, "modprobe")
	_, err := m.fetch("hyperv")
	require.ErrorContains(t, err, "loading hv_utils kernel module: ")
	m = newMachine(t)
	m.file("sys/bus/vmbus/drivers/hv_utils/bind", "")
	_, err = m.fetch("hyperv")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, "reading key-value pairs: ")
}

func TestAppleHV(t *testing.T) {
	for name, answer := range map[string]string{
		"success":    "HTTP/1.1 200 OK\r\nContent-Length: 32\r\n\r\n" + config,
		"any status": "HTTP/1.1 500 Oops\r\n\r\n" + config,
		"redirect":   "HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 32\r\n\r\n" + config,
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			m.programs["modprobe"] = succeed
			seen := make(chan string, 1)
			m.seams(platform.Seams{Vsock: func(_ context.Context, cid, port uint32) (net.Conn, error) {
				require.EqualValues(t, 2, cid)
				require.EqualValues(t, 1024, port)
				host, guest := net.Pipe()
				go func() {
					r, err := http.ReadRequest(bufio.NewReader(host))
					if err == nil {
						seen <- shownRequest(r, nil)
					}
					io.WriteString(host, answer)
					host.Close()
				}()
				return guest, nil
			}})
			require.Equal(t, config, m.config("applehv"))
			require.Equal(t, "GET d/\nAccept: application/json\nAccept-Encoding: gzip\nUser-Agent: Go-http-client/1.1", <-seen)
			require.Equal(t, []string{"modprobe vsock"}, m.commands())
		})
	}
	m := newMachine(t)
	_, err := m.fetch("applehv")
	require.ErrorContains(t, err, "failed to install vsock kernel module: ")
	m.file("sys/devices/virtual/misc/vsock/dev", "10:1")
	m.seams(platform.Seams{Vsock: func(context.Context, uint32, uint32) (net.Conn, error) { return nil, unix.ENODEV }})
	_, err = m.fetch("applehv")
	require.ErrorIs(t, err, unix.ENODEV)
	require.Len(t, m.commands(), 1)
}

// TestVsock talks to itself where the kernel has a loopback for virtual sockets.
func TestVsock(t *testing.T) {
	fd, err := unix.Socket(unix.AF_VSOCK, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Skipf("needs virtual sockets: %v", err)
	}
	defer unix.Close(fd)
	const loopback, anyPort = 1, 0xffffffff
	if err := unix.Bind(fd, &unix.SockaddrVM{CID: loopback, Port: anyPort}); err != nil {
		_, dialErr := platform.DialVsock(t.Context(), loopback, 1024)
		require.Error(t, dialErr)
		t.Skipf("needs a loopback for virtual sockets: %v, %v", err, dialErr)
	}
	require.NoError(t, unix.Listen(fd, 1))
	sa, err := unix.Getsockname(fd)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	conn, err := platform.DialVsock(ctx, loopback, sa.(*unix.SockaddrVM).Port)
	if errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ETIMEDOUT) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, unix.ECONNRESET) {
		t.Skipf("needs a loopback for virtual sockets: %v", err)
	}
	require.NoError(t, err)
	defer conn.Close()
	accepted, _, err := unix.Accept(fd)
	require.NoError(t, err)
	_, err = unix.Write(accepted, []byte("hello"))
	require.NoError(t, err)
	require.NoError(t, unix.Close(accepted))
	got, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Equal(t, "hello", string(got))
}
