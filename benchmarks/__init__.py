"""What the program costs, beside kubectl and Flux's library, on a real API server: see docs/performance.md."""
