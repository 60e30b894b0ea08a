package afterburn

import (
	"encoding/json"
)

// Report is everything that a provider knows about this machine. What it does not know is left out.
type Report struct {
	// Provider is the id.
	Provider string `json:"provider"`
	// Hostname is the name as [Run] would write it.
	Hostname string `json:"hostname,omitempty"`
	// Attributes are the facts by their names in a file, with their values as they came.
	Attributes map[string]string `json:"attributes"`
	// SSHKeys are lines of authorized_keys.
	SSHKeys []string `json:"ssh_keys"`
	// NetworkUnits are files for systemd-networkd, NetworkManager keyfiles, by name.
	NetworkUnits   map[string]string `json:"network_units,omitempty"`
	NetworkManager map[string]string `json:"networkmanager_profiles,omitempty"`
	// Netplan is a configuration for netplan.
	Netplan string `json:"netplan_config,omitempty"`
	// NetworkKargs are kernel arguments for the initrd.
	NetworkKargs string `json:"network_kargs,omitempty"`
}

// report writes what the provider knows.
func (r *runner) report() error {
	rep, err := r.collect()
	if err != nil {
		return err
	}
	enc := json.NewEncoder(r.work.Report)
	enc.SetEscapeHTML(false)
	return enc.Encode(rep)
}

func (r *runner) collect() (*Report, error) {
	rep := &Report{Provider: r.work.Provider, Attributes: map[string]string{}, SSHKeys: []string{}}
	for _, f := range []func(*Report) error{r.reportFacts, r.reportHostname, r.reportNetwork, r.reportKargs} {
		if err := f(rep); err != nil {
			return nil, err
		}
	}
	return rep, nil
}

func (r *runner) reportFacts(rep *Report) error {
	attrs, err := r.attributes.get()
	if err != nil {
		return err
	}
	for _, a := range attrs {
		rep.Attributes[r.opt.prefix()+a.Name] = a.Value
	}
	keys, err := r.keys.get()
	for _, k := range keys {
		rep.SSHKeys = append(rep.SSHKeys, k.String())
	}
	return err
}

func (r *runner) reportHostname(rep *Report) error {
	n, err := r.hostname.get()
	if err != nil || !n.ok || n.blank() {
		return err
	}
	rep.Hostname, err = hostname(n.text, r.log)
	return err
}

func (r *runner) reportNetwork(rep *Report) error {
	c, err := r.config()
	if err != nil {
		return err
	}
	units, err := c.Networkd()
	if err != nil {
		return err
	}
	profiles, err := c.NetworkManager(r.log)
	if err != nil {
		return err
	}
	for _, f := range units {
		rep.NetworkUnits = with(rep.NetworkUnits, f.Name, string(f.Data))
	}
	for _, f := range profiles {
		rep.NetworkManager = with(rep.NetworkManager, f.Name, string(f.Data))
	}
	rep.Netplan, err = r.netplan.get()
	return err
}

func (r *runner) reportKargs(rep *Report) error {
	s, ok := r.provider.(KargsSource)
	if !ok {
		return nil
	}
	args, ok, err := s.NetworkKargs(r.ctx)
	if ok {
		rep.NetworkKargs = args
	}
	return err
}

func with(m map[string]string, key, value string) map[string]string {
	if m == nil {
		m = map[string]string{}
	}
	m[key] = value
	return m
}
