/* Scores one event with a model that a run wrote: prints the inputs that it takes and the scores.
 *
 *   swift build -c release --product ApusC
 *   cc Examples/score.c -I Sources/CApus/include -L .build/release -lApusC -Wl,-rpath,.build/release -o score
 *   ./score runs/demo/models/mlp.apus 0.5 1.2 ...
 */
#include <stdio.h>
#include <stdlib.h>

#include "apus.h"

static int fail(char *message) {
  fprintf(stderr, "%s\n", message);
  apus_text_free(message);
  return 1;
}

int main(int argc, char **argv) {
  apus_model *model = NULL;
  char *message = NULL;
  if (argc < 2) {
    fprintf(stderr, "usage: %s MODEL [INPUT...]\n", argv[0]);
    return 2;
  }
  if (apus_model_open(argv[1], &model, &message)) return fail(message);

  int64_t width = apus_model_input_count(model), scores_count = apus_model_score_count(model);
  if (argc - 2 != width) {
    printf("%s (%s) takes %d inputs:\n", apus_model_name(model), apus_model_method(model), (int)width);
    for (int64_t i = 0; i < width; i++) {
      printf("  %s = %s\n", apus_model_input_name(model, i), apus_model_input_formula(model, i));
    }
    apus_model_close(model);
    return 0;
  }

  float *inputs = malloc((size_t)width * sizeof *inputs);
  double *scores = malloc((size_t)scores_count * sizeof *scores);
  for (int64_t i = 0; i < width; i++) inputs[i] = strtof(argv[2 + i], NULL);
  int status = apus_model_score(model, inputs, 1, width, scores, 1, &message);
  for (int64_t k = 0; !status && k < scores_count; k++) {
    printf("%s = %g\n", apus_model_score_name(model, k), scores[k]);
  }
  if (status) fail(message);
  free(inputs);
  free(scores);
  apus_model_close(model);
  return status;
}
