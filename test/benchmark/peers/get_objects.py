"""The objects of a bucket into a FIFO with boto3, one after the other. Usage: get_objects.py ENDPOINT BUCKET FIFO"""

import shutil
import sys

import boto3

endpoint, bucket, fifo = sys.argv[1:]
s3 = boto3.client("s3", endpoint_url=endpoint)
keys = [
    entry["Key"]
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    for entry in page["Contents"]
]
with open(fifo, "wb", buffering=0) as out:
    for key in keys:
        shutil.copyfileobj(s3.get_object(Bucket=bucket, Key=key)["Body"], out)
