// Prints, for every struct that the API server's built-in kinds are made of, the fields whose zero value the server
// leaves out when it writes JSON: `omitempty`, no pointer, and a string, bool, number, slice, map or []byte.
// scripts/go-fields turns the output into kubectl_gitops/core/proof/go_fields.py.
package main

import (
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/client-go/kubernetes/scheme"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

type named interface{ OpenAPIModelName() string }

var (
	marshaler = reflect.TypeFor[interface{ MarshalJSON() ([]byte, error) }]()
	lines     = map[string]string{}
	seen      = map[reflect.Type]bool{}
)

// class is the letter for the zero value of a field's type, or "" where omitempty drops nothing or a marshaler decides.
func class(t reflect.Type) string {
	if t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler) {
		return ""
	}
	switch t.Kind() {
	case reflect.String:
		return "s"
	case reflect.Bool:
		return "b"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Float32, reflect.Float64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "n"
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "y"
		}
		return "l"
	case reflect.Map:
		return "m"
	}
	return ""
}

func fields(t reflect.Type, into map[string][]string) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" || !field.IsExported() {
			continue
		}
		walk(field.Type)
		if name == "" {
			if field.Anonymous && field.Type.Kind() == reflect.Struct {
				fields(field.Type, into)
			}
			continue
		}
		omitted := false
		for _, option := range strings.Split(options, ",") {
			omitted = omitted || option == "omitempty"
		}
		if letter := class(field.Type); omitted && letter != "" {
			into[letter] = append(into[letter], name)
		}
	}
}

func walk(t reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Array:
		walk(t.Elem())
		return
	case reflect.Struct:
	default:
		return
	}
	if seen[t] {
		return
	}
	seen[t] = true
	into := map[string][]string{}
	fields(t, into)
	model, ok := reflect.New(t).Interface().(named)
	if !ok || len(into) == 0 || t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler) {
		return
	}
	letters := []string{}
	for letter := range into {
		letters = append(letters, letter)
	}
	sort.Strings(letters)
	parts := []string{}
	for _, letter := range letters {
		sort.Strings(into[letter])
		parts = append(parts, letter+":"+strings.Join(into[letter], ","))
	}
	lines[model.OpenAPIModelName()] = strings.Join(parts, " ")
}

func main() {
	for _, add := range []func() error{
		func() error { return apiextensions.AddToScheme(scheme.Scheme) },
		func() error { return apiregistration.AddToScheme(scheme.Scheme) },
	} {
		if err := add(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	for _, t := range scheme.Scheme.AllKnownTypes() {
		walk(t)
	}
	names := []string{}
	for name := range lines {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Println(name, lines[name])
	}
}
