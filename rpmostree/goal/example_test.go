package goal_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/goal"
)

// A package is requested by something that it provides; what it requires comes with it.
func Example() {
	const primary = `<metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="2">
<package type="rpm"><name>gawk</name><arch>x86_64</arch><version epoch="0" ver="5.2" rel="1"/>
 <checksum type="sha256" pkgid="YES">0a</checksum><size package="1000"/><location href="Packages/gawk-5.2-1.x86_64.rpm"/>
 <format><rpm:provides><rpm:entry name="awk"/></rpm:provides><rpm:requires><rpm:entry name="mpfr" flags="GE" epoch="0" ver="4"/></rpm:requires></format></package>
<package type="rpm"><name>mpfr</name><arch>x86_64</arch><version epoch="0" ver="4.2" rel="1"/>
 <checksum type="sha256" pkgid="YES">0b</checksum><size package="2000"/><location href="Packages/mpfr-4.2-1.x86_64.rpm"/><format/></package>
</metadata>`
	ctx := context.Background()
	g := goal.New(&goal.Options{Arch: "x86_64"})
	err := g.AddRepo(ctx, &goal.Repo{
		ID: "fedora", Priority: goal.DefaultPriority, Cost: goal.DefaultCost,
		Primary: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(primary)), nil },
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := g.Install(ctx, "awk"); err != nil {
		log.Fatal(err)
	}
	result, err := g.Resolve(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range result.Installs {
		fmt.Println(p.NEVRA, p.Repo, p.Href, p.Checksum, p.Size)
	}
	// Output:
	// gawk-5.2-1.x86_64 fedora Packages/gawk-5.2-1.x86_64.rpm sha256:0a 1000
	// mpfr-4.2-1.x86_64 fedora Packages/mpfr-4.2-1.x86_64.rpm sha256:0b 2000
}
