#!/bin/sh
# Fits y = slope * x + intercept to lines of "x,y", with what POSIX has: in Pipe mode and in File mode.
set -eu

ml=/opt/ml
data=$ml/input/data

config() { # config NAME MEMBER
  sed -n "s/.*\"$2\": *\"\([^\"]*\)\".*/\1/p" "$ml/input/config/$1.json"
}

epochs=$(config hyperparameters epochs)
mode=$(config inputdataconfig TrainingInputMode)

# The lines of every epoch, of one FIFO or once again of all files, with a line behind each of them.
epoch=0
while [ "$epoch" -lt "$epochs" ]; do
  if [ "$mode" = Pipe ]; then cat "$data/training_$epoch"; else cat "$data"/training/*; fi
  echo end
  epoch=$((epoch + 1))
done | awk -F, -v epochs="$epochs" -v arguments="$*" -v ml="$ml" '
  $1 == "end" { printf "epoch=%d observations=%d\n", epoch++, n - before; fflush(); before = n; next }
  { n++; sx += $1; sy += $2; sxx += $1 * $1; sxy += $1 * $2 }
  END {
    if (epoch != epochs) exit 1
    slope = (n * sxy - sx * sy) / (n * sxx - sx * sx)
    printf "{\"slope\": %.6f, \"intercept\": %.6f}\n", slope, (sy - slope * sx) / n > (ml "/model/model.json")
    printf "%d observations in %d epochs, as \"%s\"\n", n, epochs, arguments > (ml "/output/data/summary")
  }
'
