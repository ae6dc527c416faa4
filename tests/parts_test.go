package tests

import (
	"bytes"
	"debug/buildinfo"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// TestTheProgramListsWhatItIsBuiltFrom: the bill of materials that the program prints names each module of the very file
// that runs, in its version, under a licence.
func TestTheProgramListsWhatItIsBuiltFrom(t *testing.T) {
	out, err := run(t, "version", "--sbom")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var bill cdx.BOM
	if err := cdx.NewBOMDecoder(bytes.NewReader([]byte(out)), cdx.BOMFileFormatJSON).Decode(&bill); err != nil {
		t.Fatalf("no CycloneDX: %v\n%s", err, out)
	}
	name, _ := program()
	file, err := buildinfo.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]cdx.Component{}
	for _, c := range *bill.Components {
		listed[c.Name] = c
	}
	for _, m := range file.Deps {
		c := listed[m.Path]
		if c.Version != m.Version || c.Licenses == nil {
			t.Errorf("%s %s is built in, and the bill says %q under %v", m.Path, m.Version, c.Version, c.Licenses)
		}
	}
	if len(file.Deps) < 20 || len(listed) != len(file.Deps)+1 || listed["stdlib"].Version != file.GoVersion {
		t.Errorf("%d modules in the program, %d in its bill", len(file.Deps), len(listed))
	}
}
