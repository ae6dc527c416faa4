package main

import (
	_ "embed"
	"flag"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// licences are the modules' licences, as tools/licences read them from the module cache.
//
//go:embed licences.tsv
var licences string

// versionCommand says which version this is, or all that it is built from: an office that hears of a flaw in a library
// must be able to ask the program that it runs, and not the one that somebody once tested.
func versionCommand(args []string, stdout, stderr io.Writer) int {
	f := flag.NewFlagSet("version", flag.ContinueOnError)
	f.SetOutput(stderr)
	sbom := f.Bool("sbom", false, "list everything that is built in, as CycloneDX JSON")
	if err := f.Parse(args); err != nil {
		return told(stderr, err)
	}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return told(stderr, fmt.Errorf("this program was built without its list of modules"))
	}
	if *sbom {
		return told(stderr, bill(build).writeTo(stdout))
	}
	_, err := fmt.Fprintf(stdout, "jishi %s, %s, %d modules\n", version, build.GoVersion, len(build.Deps))
	return told(stderr, err)
}

type parts struct{ *cdx.BOM }

func (p parts) writeTo(w io.Writer) error {
	return cdx.NewBOMEncoder(w, cdx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(p.BOM, cdx.SpecVersion1_6)
}

// bill is the bill of materials of the program: Go's standard library and each module that is compiled in. It has no
// serial number and no time: the same program gives the same bill.
func bill(build *debug.BuildInfo) parts {
	under := map[string]string{}
	for line := range strings.Lines(licences) {
		if f := strings.Split(strings.TrimSpace(line), "\t"); len(f) == 3 {
			under[f[0]] = f[1]
		}
	}
	b := cdx.NewBOM()
	b.Metadata = &cdx.Metadata{Component: &cdx.Component{BOMRef: "jishi", Type: cdx.ComponentTypeApplication, Name: "jishi", Version: version,
		Licenses: &cdx.Licenses{{License: &cdx.License{ID: "Apache-2.0"}}}}}
	list := []cdx.Component{part("stdlib", build.GoVersion, "BSD-3-Clause")}
	for _, m := range build.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		list = append(list, part(m.Path, m.Version, under[m.Path]))
	}
	b.Components = &list
	var refs []string
	for _, c := range list {
		refs = append(refs, c.BOMRef)
	}
	b.Dependencies = &[]cdx.Dependency{{Ref: "jishi", Dependencies: &refs}}
	return parts{b}
}

func part(path, version, licence string) cdx.Component {
	purl := "pkg:golang/" + path + "@" + strings.TrimPrefix(version, "go")
	c := cdx.Component{BOMRef: purl, Type: cdx.ComponentTypeLibrary, Name: path, Version: version, PackageURL: purl}
	if strings.Contains(licence, " AND ") {
		c.Licenses = &cdx.Licenses{{Expression: licence}}
	} else if licence != "" {
		c.Licenses = &cdx.Licenses{{License: &cdx.License{ID: licence}}}
	}
	return c
}
