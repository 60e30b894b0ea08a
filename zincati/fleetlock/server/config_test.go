package server_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/server"
)

// minimal is the least that airlock starts with.
const minimal = "service.tls = false\netcd3.endpoints = [\"http://127.0.0.1:2379\"]\n"

func TestConfigDefaults(t *testing.T) {
	c, err := server.ParseConfig([]byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	if c.Service.Address != "0.0.0.0" || c.Service.Port != 9090 || c.Status.Enabled || c.Status.Address != "" || c.Status.Port != 0 ||
		c.Lock.Timeout != 3*time.Second || c.Store.Kind != "etcd3" || c.Lock.Fair || c.Lock.ReconcileSlots {
		t.Errorf("%+v", c)
	}
	if !maps.Equal(c.Lock.Groups, semaphore.Groups{"default": 1}) {
		t.Errorf("groups %v", c.Lock.Groups)
	}
}

func TestConfigGroups(t *testing.T) {
	for text, want := range map[string]semaphore.Groups{
		"[lock]":                  {"default": 1},
		"[lock]\ndefault_slots=5": {"default": 5},
		"[lock]\ndefault_slots=0": {"default": 0},
		"[lock]\ndefault_group_name=\"workers\"\ndefault_slots=3\n[[lock.groups]]\nname=\"infra\"\nslots=2\n[[lock.groups]]\nname=\"x\"": {"workers": 3, "infra": 2, "x": 3},
		"[[lock.groups]]\nname=\"default\"\nslots=9":                                 {"default": 1}, // the base group wins
		"[[lock.groups]]\nname=\"a\"\nslots=9\n[[lock.groups]]\nname=\"a\"\nslots=8": {"default": 1, "a": 8},
		"[lock]\ndefault_slots=9223372036854775807":                                  {"default": 1<<63 - 1},
		"[[lock.groups]]\nslots=2":                                                   {"default": 1},
		"[LOCK]\nDefault_Slots=4":                                                    {"default": 4},
	} {
		c, err := server.ParseConfig([]byte(minimal + text))
		if err != nil || !maps.Equal(c.Lock.Groups, want) {
			t.Errorf("%q: %v, want %v (%v)", text, c, want, err)
		}
	}
}

func TestConfigErrors(t *testing.T) {
	const file = "service.tls = false\nstore = {kind = \"file\", path = \"/s\"}\n"
	for name, test := range map[string]struct{ text, want string }{
		"empty":                    {"", "no etcd3 endpoints configured"},
		"no endpoints":             {"service.tls=false\netcd3.endpoints=[]", "no etcd3 endpoints configured"},
		"TLS is the default":       {"etcd3.endpoints=[\"http://h\"]", "TLS mode not yet implemented"},
		"TLS without files":        {"service.tls=true\netcd3.endpoints=[\"http://h\"]", "TLS mode not yet implemented"},
		"certificate without key":  {"service={tls=true,tls_cert=\"c\"}\netcd3.endpoints=[\"http://h\"]", "service.tls_cert and service.tls_key need each other"},
		"certificate without TLS":  {"service={tls=false,tls_cert=\"c\",tls_key=\"k\"}\netcd3.endpoints=[\"http://h\"]", "service.tls is false, but certificates are configured"},
		"client certificate alone": {minimal + "etcd3.client_cert_pub_path=\"c\"", "etcd3.client_cert_pub_path and etcd3.client_cert_key_path need each other"},
		"file without path":        {"service.tls=false\nstore.kind=\"file\"", "no store.path configured"},
		"unknown kind":             {"service.tls=false\nstore.kind=\"bolt\"", `store.kind "bolt" is not supported`},
		"negative slots":           {file + "lock.default_slots=-1", `group "default": slots must not be negative: -1`},
		"negative group slots":     {file + "[[lock.groups]]\nname=\"a\"\nslots=-5", `group "a": slots must not be negative: -5`},
		"negative port":            {file + "[service2]\n[status]\nport=-1", "status.port must be between 0 and 65535: -1"},
		"large port":               {"service={tls=false,port=65536}\nstore={kind=\"file\",path=\"s\"}", "service.port must be between 0 and 65535: 65536"},
		"negative timeout":         {minimal + "etcd3.transaction_timeout_ms=-1", "etcd3.transaction_timeout_ms must be between 0 and 2147483647: -1"},
		"huge slots":               {file + "lock.default_slots=9223372036854775808", "out of range for int64"},
		"slots a string":           {file + "lock.default_slots=\"1\"", "incompatible types"},
		"slots a float":            {file + "lock.default_slots=1.5", "incompatible types"},
		"tls a string":             {"service.tls=\"false\"", "incompatible types"},
		"groups a table":           {file + "[lock.groups]\nname=\"a\"", "incompatible types"},
		"endpoints a string":       {"etcd3.endpoints=\"http://h\"", "incompatible types"},
		"service a value":          {"service=1", "type mismatch for server.serviceSection: expected table but found int64"},
		"a key twice":              {"service.tls=false\nservice.tls=true", "already been defined"},
		"cut":                      {"service.tls=", "expected value"},
		"not UTF-8":                {"a=\"\xff\"", "invalid UTF-8"},
		"UTF-16":                   {"a\x00", "NULL"},
		"JSON":                     {"{\"service\":{}}", "line 1"},
		"no group with a name":     {file + "lock.default_group_name=\"\"", "no lock-groups configured"},
		"hooks":                    {file + "[hooks]\non_grant=\"x\"", "hooks are not supported"},
		"kubernetes":               {file + "[kubernetes]\nnamespace=\"x\"", "kubernetes leases are not supported"},
		"long poll":                {file + "lock.long_poll=5", "lock.long_poll is not supported"},
		"TLS of the status":        {file + "[status]\nenabled=true\ntls=true", "status.tls is not supported"},
		"passwords of the status":  {file + "[status]\nauth_file=\"p\"", `unknown key "status.auth_file" seems to ask for protection: the status service has none`},
		"misspelled passwords":     {"[service]\ntls=false\nauthfile=\"p\"\n[store]\nkind=\"file\"\npath=\"s\"", `unknown key "service.authfile" seems to ask for protection: the keys for it are service.tls, tls_cert, tls_key, client_ca and auth_file`},
		"a section of passwords":   {"[Service]\ntls=false\n[Service.Auth]\nfile=\"p\"\n[store]\nkind=\"file\"\npath=\"s\"", `unknown key "Service.Auth`},
		"passwords of no section":  {"auth_file=\"p\"\n" + file, `unknown key "auth_file"`},
		"leases":                   {file + "lock.lease=true", "lock.lease is not supported"},
	} {
		t.Run(name, func(t *testing.T) {
			if c, err := server.ParseConfig([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%+v, %v; want %q", c, err, test.want)
			}
		})
	}
}

func TestConfigUnknownKeysAreNoError(t *testing.T) {
	c, err := server.ParseConfig([]byte(minimal + "status.tls=false\nx=1\n[lock]\ny=[{z=1}]"))
	if err != nil || !slices.Contains(c.Unknown, "x") || !slices.Contains(c.Unknown, "lock.y") || slices.Contains(c.Unknown, "status.tls") {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestConfigOwnKeys(t *testing.T) {
	c, err := server.ParseConfig([]byte(`
[service]
socket = "/run/s"
tls = true
tls_cert = "c"
tls_key = "k"
client_ca = "a"
auth_file = "p"
max_concurrent = 7
[status]
enabled = true
address = "::1"
port = 9091
[etcd3]
transaction_timeout_ms = 250
[store]
kind = "file"
path = "/var/lib/fleetlock/state"
[lock]
reconcile_slots = true
fair = true`))
	if err != nil {
		t.Fatal(err)
	}
	want := server.Config{
		Service: server.ServiceConfig{Address: "0.0.0.0", Port: 9090, Socket: "/run/s", TLS: true, TLSCert: "c", TLSKey: "k", ClientCA: "a", AuthFile: "p", MaxConcurrent: 7},
		Status:  server.StatusConfig{Enabled: true, Address: "::1", Port: 9091},
		Store:   server.StoreConfig{Kind: server.KindFile, Path: "/var/lib/fleetlock/state"},
	}
	if c.Service != want.Service || c.Status != want.Status || c.Store != want.Store || c.Lock.Timeout != 250*time.Millisecond ||
		!c.Lock.Fair || !c.Lock.ReconcileSlots {
		t.Errorf("%+v", c)
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(minimal + "[[lock.groups]]\nname=\"a\"\nslots=2"))
	f.Add([]byte("service.tls=false\nstore={kind=\"file\",path=\"s\"}\nlock.default_slots=-1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := server.ParseConfig(data)
		if err != nil {
			return
		}
		if len(c.Lock.Groups) == 0 || c.Service.Port < 0 || c.Service.Port > 65535 || c.Service.TLS && c.Service.TLSCert == "" {
			t.Fatalf("%+v", c)
		}
		for name, slots := range c.Lock.Groups {
			if slots > 1<<63-1 {
				t.Fatalf("group %q has %d slots", name, slots)
			}
		}
	})
}
