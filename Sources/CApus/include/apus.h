/* Apus for C, C++, Python's ctypes and every language that calls C: open a learned model, score events.
 *
 *   apus_model *model = NULL;
 *   char *message = NULL;
 *   if (apus_model_open("mlp.apus", &model, &message)) {
 *     fprintf(stderr, "%s\n", message);
 *     apus_text_free(message);
 *     return 1;
 *   }
 *   double score;
 *   apus_model_score(model, inputs, 1, apus_model_input_count(model), &score, 1, NULL);
 *   apus_model_close(model);
 *
 * Every function that can fail returns an apus_status and, where `message` is not NULL, a text that says what was
 * asked, what was found and what to try; the caller frees it with apus_text_free. On success `*message` is NULL.
 * Nothing is written to the terminal. Texts of a model belong to it and live until it is closed. Several threads may
 * use one model at the same time; it is closed once, when none uses it.
 */
#ifndef APUS_H
#define APUS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a call ended: the exit codes of the program. */
typedef enum {
  APUS_DONE = 0,   /* done */
  APUS_FAILED = 1, /* the work failed: a file is damaged, a number is not finite */
  APUS_USAGE = 2   /* the request makes no sense: a missing column, a wrong number of inputs */
} apus_status;

/* A learned model in memory. */
typedef struct apus_model apus_model;

/* The version of the library, such as "0.1.0"; never freed. */
const char *apus_version(void);

/* Frees a message; NULL is nothing to do. */
void apus_text_free(char *text);

/* Opens the model file that a run wrote. On failure `*model` is NULL. */
int32_t apus_model_open(const char *path, apus_model **model, char **message);

/* Frees a model; NULL is nothing to do. */
void apus_model_close(apus_model *model);

/* The name of the model in its run, and of its method; NULL for no model. */
const char *apus_model_name(const apus_model *model);
const char *apus_model_method(const apus_model *model);

/* The inputs of a row in order: how many, their names, and their formulas over the columns of events.
 * NULL where `index` is out of range. */
int64_t apus_model_input_count(const apus_model *model);
const char *apus_model_input_name(const apus_model *model, int64_t index);
const char *apus_model_input_formula(const apus_model *model, int64_t index);

/* The scores of an event in order: one, or with several classes or targets one each. In a binary task larger is
 * more signal-like. */
int64_t apus_model_score_count(const apus_model *model);
const char *apus_model_score_name(const apus_model *model, int64_t index);

/* Scores rows of inputs, as they are before any transform.
 *   inputs   count * width numbers, row after row; NaN for a missing value where the method takes such
 *   width    must be apus_model_input_count
 *   scores   takes count * apus_model_score_count numbers, row after row
 *   threads  the most threads to use, at least 1
 */
int32_t apus_model_score(const apus_model *model, const float *inputs, int64_t count, int64_t width,
                         double *scores, int32_t threads, char **message);

/* Scores events given as columns, from which the inputs are computed.
 *   names    the names of the columns; those that the model does not need are left alone
 *   columns  for each name `count` numbers
 */
int32_t apus_model_score_columns(const apus_model *model, const char *const *names,
                                 const double *const *columns, int64_t columns_count, int64_t count,
                                 double *scores, int32_t threads, char **message);

/* Scores every event of a file, as `apus apply` does. `data` may name a tree: "events.root:dir/Events". */
int32_t apus_apply(const char *model_path, const char *data, const char *output, char **message);

/* Runs a configuration, as `apus train` does. `folder` may be NULL for runs/NAME; a finished run in it is replaced
 * where `force` is not 0. */
int32_t apus_train(const char *configuration, const char *folder, int32_t force, char **message);

#ifdef __cplusplus
}
#endif

#endif
