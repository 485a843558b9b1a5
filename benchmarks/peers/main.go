// Flux's server-side apply library on its own: reads manifests, then asks for the drift of each
// object, or applies all of them, as Flux's kustomize-controller does.
//
//	peers diff|apply KUBECONFIG NAMESPACE MANAGER FOLDER
package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fluxcd/pkg/ssa"
	"github.com/fluxcd/pkg/ssa/utils"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

func main() {
	if len(os.Args) != 6 {
		fmt.Fprintln(os.Stderr, "usage: peers diff|apply KUBECONFIG NAMESPACE MANAGER FOLDER")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(2)
	}
}

func run(verb, kubeconfig, namespace, manager, folder string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	// Flux's own settings for its controllers; the client's defaults are 5 and 10.
	config.QPS, config.Burst = 10000, 10000
	reader, mapper, err := connect(config)
	if err != nil {
		return err
	}
	objects, err := read(folder, namespace, mapper)
	if err != nil {
		return err
	}
	resources := ssa.NewResourceManager(reader, nil, ssa.Owner{Field: manager, Group: "benchmark.example.com"})
	ctx := context.Background()
	counts := map[ssa.Action]int{}
	switch verb {
	case "diff":
		for _, object := range objects {
			entry, _, _, err := resources.Diff(ctx, object, ssa.DefaultDiffOptions())
			if err != nil {
				return err
			}
			counts[entry.Action]++
		}
	case "apply":
		changes, err := resources.ApplyAllStaged(ctx, objects, ssa.DefaultApplyOptions())
		if err != nil {
			return err
		}
		for _, entry := range changes.Entries {
			counts[entry.Action]++
		}
	default:
		return fmt.Errorf("%q is neither diff nor apply", verb)
	}
	fmt.Println(counts)
	if verb == "diff" && counts[ssa.UnchangedAction] != len(objects) {
		os.Exit(1)
	}
	return nil
}

func connect(config *rest.Config) (client.Client, apimeta.RESTMapper, error) {
	http, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, nil, err
	}
	mapper, err := apiutil.NewDynamicRESTMapper(config, http)
	if err != nil {
		return nil, nil, err
	}
	made, err := client.New(config, client.Options{HTTPClient: http, Mapper: mapper})
	return made, mapper, err
}

func read(folder, namespace string, mapper apimeta.RESTMapper) ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".yaml") {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		objects, err := utils.ReadObjects(file)
		all = append(all, objects...)
		return err
	})
	for _, object := range all {
		kind := object.GroupVersionKind()
		mapping, err := mapper.RESTMapping(kind.GroupKind(), kind.Version)
		if err != nil {
			return nil, err
		}
		if mapping.Scope.Name() == apimeta.RESTScopeNameNamespace && object.GetNamespace() == "" {
			object.SetNamespace(namespace)
		}
	}
	return all, err
}
