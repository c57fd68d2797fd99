// Checks, with an implementation that is not the service's own, what the service says of its ledger: signed
// checkpoints, bundles, and proofs that one tree goes on from another. It also sees that whatever is changed in them no
// longer holds. It reads one JSON object from standard input and prints how much it has checked.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type input struct {
	Key         string        `json:"key"`
	Bundles     []bundle      `json:"bundles"`
	Consistency []consistency `json:"consistency"`
}

type bundle struct {
	Format     int      `json:"format"`
	Entry      entry    `json:"entry"`
	Checkpoint string   `json:"checkpoint"`
	Proof      []string `json:"proof"`
}

type entry struct {
	Epoch     int64  `json:"epoch"`
	Position  int64  `json:"position"`
	Kind      int64  `json:"kind"`
	At        int64  `json:"at"`
	Office    string `json:"office"`
	RequestID string `json:"request_id"`
	Effects   string `json:"effects_commitment"`
	Content   string `json:"content_commitment"`
}

type consistency struct {
	First  string   `json:"first"`
	Second string   `json:"second"`
	Proof  []string `json:"proof"`
}

func main() {
	var in input
	decoder := json.NewDecoder(os.Stdin)
	decoder.DisallowUnknownFields()
	must(decoder.Decode(&in))
	verifier, err := note.NewVerifier(in.Key)
	must(err)
	for _, b := range in.Bundles {
		must(checkBundle(b, verifier))
	}
	for _, c := range in.Consistency {
		must(checkConsistency(c, verifier))
	}
	fmt.Printf("%d bundles, %d steps\n", len(in.Bundles), len(in.Consistency))
}

// checkpoint opens a signed checkpoint: origin, size and root, a line each.
func checkpoint(text string, verifier note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		return tlog.Tree{}, fmt.Errorf("no checkpoint: %q", opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// leaf makes the hash of an entry's leaf as docs/transparency.md describes it.
func leaf(e entry) (tlog.Hash, error) {
	id, err := hex.DecodeString(strings.ReplaceAll(e.RequestID, "-", ""))
	if err != nil {
		return tlog.Hash{}, err
	}
	effects, err := hash(e.Effects)
	if err != nil {
		return tlog.Hash{}, err
	}
	content, err := hash(e.Content)
	if err != nil {
		return tlog.Hash{}, err
	}
	var data bytes.Buffer
	data.WriteByte(1)
	for _, number := range []int64{e.Epoch, e.Position, e.Kind, e.At} {
		must(binary.Write(&data, binary.BigEndian, number))
	}
	for _, part := range [][]byte{[]byte(e.Office), id} {
		must(binary.Write(&data, binary.BigEndian, int64(len(part))))
		data.Write(part)
	}
	data.Write(effects[:])
	data.Write(content[:])
	return tlog.RecordHash(data.Bytes()), nil
}

func checkBundle(b bundle, verifier note.Verifier) error {
	tree, err := checkpoint(b.Checkpoint, verifier)
	if err != nil {
		return err
	}
	this, err := leaf(b.Entry)
	if err != nil {
		return err
	}
	proof, err := hashes(b.Proof)
	if err != nil {
		return err
	}
	index := b.Entry.Position - 1
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, this); err != nil {
		return fmt.Errorf("entry %d of %d: %w", b.Entry.Position, tree.N, err)
	}
	other := tlog.Hash(sha256.Sum256(this[:]))
	if tlog.CheckRecord(proof, tree.N, tree.Hash, index, other) == nil {
		return errors.New("another entry is proved as well")
	}
	changed := strings.Replace(b.Checkpoint, "\n"+strconv.FormatInt(tree.N, 10)+"\n", "\n9\n", 1)
	if _, err := checkpoint(changed, verifier); err == nil {
		return errors.New("a checkpoint that was changed counts as well")
	}
	return nil
}

func checkConsistency(c consistency, verifier note.Verifier) error {
	first, err := checkpoint(c.First, verifier)
	if err != nil {
		return err
	}
	second, err := checkpoint(c.Second, verifier)
	if err != nil {
		return err
	}
	proof, err := hashes(c.Proof)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, second.N, second.Hash, first.N, first.Hash); err != nil {
		return fmt.Errorf("%d from %d: %w", second.N, first.N, err)
	}
	other := tlog.Hash(sha256.Sum256(first.Hash[:]))
	if tlog.CheckTree(proof, second.N, second.Hash, first.N, other) == nil {
		return errors.New("it goes on from another tree as well")
	}
	return nil
}

func hashes(texts []string) ([]tlog.Hash, error) {
	var all []tlog.Hash
	for _, text := range texts {
		one, err := hash(text)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func hash(text string) (tlog.Hash, error) {
	var one tlog.Hash
	data, err := hex.DecodeString(text)
	if err == nil && copy(one[:], data) != tlog.HashSize {
		err = fmt.Errorf("no hash: %q", text)
	}
	return one, err
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
